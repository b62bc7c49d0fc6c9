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
  /** Makes a file known; its id follows from its bytes and from how many files there were before it. */
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
  let added = 0;
  const removeFolder = () => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
    folder = null;
    process.off("exit", removeFolder);
  };
  return {
    newPath() {
      if (folder === null) {
        folder = mkdtempSync(join(tmpdir(), "assay-simulator-files-"));
        process.on("exit", removeFolder);
      }
      return join(folder, String(paths++));
    },
    add(file) {
      const id = `file-sim${hash("sha256", `${file.sha256}/${added++}`, "hex").slice(0, 21)}`;
      const stored = { id, ...file };
      files.set(id, stored);
      return stored;
    },
    get: (id) => files.get(id),
    delete: (id) => files.delete(id),
    all: () => [...files.values()],
    clear() {
      files.clear();
      removeFolder();
    },
  };
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
