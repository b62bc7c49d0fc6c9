import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file as the API knows it. Its bytes stand at `path`; `sha256` is that of them. */
export type StoredFile = {
  id: string;
  path: string;
  bytes: number;
  createdMs: number;
  filename: string;
  purpose: string;
  sha256: string;
};

/**
 * The files of one simulator, in a temporary folder that comes with the first of them and goes with the simulator.
 * A deleted file's bytes stay until then, since a batch may still read them.
 */
export type FileStore = {
  /** A place on disk for a file to come. */
  newPath(): string;
  /** Makes a file known; its id follows from its bytes and from how many files had the same before it. */
  add(file: Omit<StoredFile, "id">): StoredFile;
  get(id: string): StoredFile | undefined;
  delete(id: string): boolean;
  /** Oldest first. */
  all(): StoredFile[];
  /** Forgets all files and removes their folder. */
  clear(): void;
};

export function createFileStore(): FileStore {
  const files = new Map<string, StoredFile>();
  let folder: string | null = null;
  let paths = 0;
  const added = new Map<string, number>();
  return {
    newPath() {
      if (folder === null) {
        folder = mkdtempSync(join(tmpdir(), "assay-simulator-files-"));
        removeAtExit(folder);
      }
      return join(folder, String(paths++));
    },
    add(file) {
      const before = added.get(file.sha256) ?? 0;
      added.set(file.sha256, before + 1);
      const id = `file-sim${hash("sha256", `${file.sha256}/${before}`, "hex").slice(0, 21)}`;
      const stored = { id, ...file };
      files.set(id, stored);
      return stored;
    },
    get: (id) => files.get(id),
    delete: (id) => files.delete(id),
    all: () => [...files.values()],
    clear() {
      files.clear();
      added.clear();
      if (folder !== null) removeFolder(folder);
      folder = null;
    },
  };
}

const folders = new Set<string>();

function removeAtExit(folder: string): void {
  // One listener for all simulators of a process: it warns of more than ten.
  if (folders.size === 0) process.on("exit", removeFolders);
  folders.add(folder);
}

function removeFolders(): void {
  for (const folder of folders) removeFolder(folder);
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off("exit", removeFolders);
}

/** The file as the API shows it. */
export function fileObject(file: StoredFile) {
  const { id, bytes, createdMs, filename, purpose } = file;
  const created_at = Math.floor(createdMs / 1000);
  return {
    object: "file",
    id,
    purpose,
    filename,
    bytes,
    created_at,
    expires_at: null,
    status: "processed",
    status_details: null,
  };
}
