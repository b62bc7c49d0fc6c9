import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for annotators files; gone with its files when disposed of. */
export interface AnnotatorsFiles extends Disposable {
  at(name: string): string;
  /** Writes a new file; gives its path. */
  put(yaml: string): string;
}

export function annotatorsFiles(): AnnotatorsFiles {
  const folder = mkdtempSync(join(tmpdir(), "annotators-"));
  let files = 0;
  const at = (name: string) => join(folder, name);
  return {
    at,
    put: (yaml) => {
      const file = at(`annotators-${files++}.yaml`);
      writeFileSync(file, yaml);
      return file;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
