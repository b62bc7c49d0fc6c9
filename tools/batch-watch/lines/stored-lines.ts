import { fileBytes } from "../../../shared/datasets/reading/file-bytes.ts";
import { type PlacedLine, placedLines } from "../../../shared/lines/placed-lines.ts";

/** The lines of a file of requests or results, in blocks; empty ones are left out, and counted. */
export async function* storedLines(path: string): AsyncGenerator<PlacedLine[]> {
  for await (const lines of placedLines(fileBytes(path, "none")))
    yield lines.filter(({ text }) => text.length > 0);
}
