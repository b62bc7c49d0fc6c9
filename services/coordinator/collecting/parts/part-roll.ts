import type { PartLength } from "../../../../shared/contracts/job-progress.ts";
import type { RowResult } from "../../../../shared/contracts/result-chunk.ts";
import { EXIT, UserError } from "../../../../shared/errors.ts";
import { createPart, type PartWriter } from "./part-writer.ts";

/** A sidecar is read whole at a restart: parts end before theirs grows beyond some megabytes. */
const RESULTS_A_PART = 500_000;

/** The parts that one owner writes, one after another. */
export interface PartRoll {
  /** @throws UserError when the disk refuses; the part is then left at its last committed length */
  append(results: readonly RowResult[]): Promise<PartLength>;
  close(): Promise<void>;
}

export function openPartRoll(workFolder: string, owner: string, run: number): PartRoll {
  let writer: PartWriter | undefined;
  let number = 0;
  let held = 0;
  const close = async () => {
    await writer?.close();
    writer = undefined;
  };
  // Where the broker's store was lost terms begin anew, while the parts of that time are still there.
  const createNext = async (): Promise<PartWriter> => {
    for (;;) {
      const name = `${owner}-${number++}`;
      try {
        return await createPart(workFolder, name, run);
      } catch (error) {
        const { code, syscall } = error as NodeJS.ErrnoException;
        if (code !== "EEXIST" || syscall !== "open") throw error;
      }
    }
  };
  return {
    async append(results) {
      if (held >= RESULTS_A_PART) await close();
      try {
        if (writer === undefined) {
          writer = await createNext();
          held = 0;
        }
        held += results.length;
        return await writer.append(results);
      } catch (cause) {
        await close().catch(() => {});
        const code = (cause as NodeJS.ErrnoException).code ?? "unknown fault";
        throw new UserError(
          `Results cannot be written to ${workFolder} (${code}): make room or mend the permissions, then resume the job; nothing is lost.`,
          { cause, exitCode: EXIT.couldNotRun },
        );
      }
    },
    close,
  };
}
