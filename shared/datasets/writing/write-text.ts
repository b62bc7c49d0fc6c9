import { AtomicFile } from "./atomic-file.ts";

/** Writes a small file, which appears whole or not at all. @throws UserError if it cannot be written */
export async function writeText(path: string, text: string): Promise<void> {
  await using file = await AtomicFile.create(path);
  file.append(text);
  await file.commit();
}
