import { renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { makeFolder } from "../../shared/installation/make-folder.ts";

/** Where an embedded system keeps everything; all paths absolute. */
export interface Home {
  folder: string;
  /** Locked by the one supervisor that may work here. */
  lock: string;
  secrets: string;
  state: string;
  /** The broker's store: whoever runs a second broker on it loses data. */
  natsData: string;
  natsPid: string;
  logs: string;
}

export function homeAt(folder: string): Home {
  return {
    folder,
    lock: join(folder, "lock"),
    secrets: join(folder, "secrets.json"),
    state: join(folder, "state.json"),
    natsData: join(folder, "nats", "data"),
    natsPid: join(folder, "nats", "pid"),
    logs: join(folder, "logs"),
  };
}

/** Creates the folders, for the owner's eyes only. @throws UserError where that cannot be done */
export async function createHome(home: Home): Promise<void> {
  try {
    for (const folder of [home.folder, home.natsData, home.logs]) await makeFolder(folder, 0o700);
  } catch (cause) {
    const sentence = `The folder ${home.folder} cannot be written (${messageOf(cause)}): set ASSAY_HOME to a folder of yours.`;
    throw new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
  }
}

/** Replaces a file in one step: readers see the old content or the new one. */
export function writeWhole(path: string, text: string): void {
  const fresh = join(dirname(path), `.${process.pid}.tmp`);
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, path);
}
