import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeBlock, encodeBlock } from "../../services/coordinator/collecting/parts/part-index.ts";
import {
  type Located,
  readPart,
  recoverParts,
} from "../../services/coordinator/collecting/parts/part-reader.ts";
import { openPartRoll } from "../../services/coordinator/collecting/parts/part-roll.ts";
import { createPart, partsFolder } from "../../services/coordinator/collecting/parts/part-writer.ts";
import { openResultLines, theseRows } from "../../services/coordinator/collecting/parts/result-lines.ts";
import type { PartLength } from "../../shared/contracts/job-progress.ts";
import type { RowResult } from "../../shared/contracts/result-chunk.ts";
import { failedResult, goodResult } from "../support/played-worker.ts";

let root: string;
let folders = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "assay-parts-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const newFolder = () => join(root, String(folders++));

const Result = fc
  .record({
    row: fc.nat(500),
    ok: fc.boolean(),
    truncated: fc.boolean(),
    text: fc.string({ unit: "grapheme" }),
    promptTokens: fc.nat(0xffff_ffff),
    completionTokens: fc.nat(0xffff_ffff),
  })
  .map(({ text, ...rest }): RowResult => ({ ...rest, line: JSON.stringify({ row: rest.row, text }) }));
const Batches = fc.array(fc.array(Result, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });

test("what was appended is read back: entries from the sidecar, and each one's line where it says", async () => {
  await fc.assert(
    fc.asyncProperty(Batches, async (batches) => {
      const folder = newFolder();
      const { lengths } = await write(folder, batches);
      const part = lengths.at(-1)!;
      const entries = await entriesOf(folder, part);
      const data = readFileSync(join(partsFolder(folder), "part.jsonl"));
      expect(data.length).toBe(part.dataBytes);
      const read = entries.map(({ offset, bytes, ...entry }) => ({
        ...entry,
        line: data.subarray(offset, offset + bytes - 1).toString(),
      }));
      expect(read).toEqual(batches.flat());
    }),
    { numRuns: 40 },
  );
});

test("what was written behind the committed length does not exist, whatever it is", async () => {
  const folder = newFolder();
  const { lengths } = await write(folder, [[goodResult(1)], [goodResult(2)], [goodResult(3)]]);
  appendFileSync(join(partsFolder(folder), "part.idx"), "torn");
  for (const [place, part] of lengths.entries()) {
    expect((await entriesOf(folder, part)).map(({ row }) => row)).toEqual([1, 2, 3].slice(0, place + 1));
  }
});

test("a sidecar that is shorter than its committed length, or damaged in it, is said with its path", async () => {
  const folder = newFolder();
  const { lengths } = await write(folder, [[goodResult(1)], [goodResult(2)]]);
  const path = join(partsFolder(folder), "part.idx");
  const whole = readFileSync(path);
  truncateSync(path, whole.length - 3);
  await expect(entriesOf(folder, lengths[1]!)).rejects.toThrow(
    /part\.idx, which stored answers .* is damaged at byte \d+: .*--overwrite/,
  );
  whole.writeUInt32LE(0, lengths[0]!.indexBytes);
  writeFileSync(path, whole);
  await expect(entriesOf(folder, lengths[1]!)).rejects.toThrow(`damaged at byte ${lengths[0]!.indexBytes}`);
});

test("parts of which no commit is known are recovered up to the first block that is torn or damaged", async () => {
  await fc.assert(
    fc.asyncProperty(
      Batches,
      fc.nat(),
      fc.constantFrom("idx", "jsonl"),
      fc.boolean(),
      async (batches, at, file, flip) => {
        const folder = newFolder();
        const { lengths } = await write(folder, batches);
        const path = join(partsFolder(folder), `part.${file}`);
        const bytes = readFileSync(path);
        const place = at % bytes.length;
        if (flip) bytes[place]! ^= 0x20;
        writeFileSync(path, flip ? bytes : bytes.subarray(0, place));
        const bytesOf = (part: PartLength) => (file === "idx" ? part.indexBytes : part.dataBytes);
        const whole = lengths.filter((part) => bytesOf(part) <= place).at(-1);
        expect(await recoverParts(folder, 1)).toEqual(whole === undefined ? [] : [{ ...whole, run: 1 }]);
      },
    ),
    { numRuns: 60 },
  );
});

test("a folder without parts has nothing to recover", async () => {
  expect(await recoverParts(newFolder(), 1)).toEqual([]);
});

test("a part cannot be created twice, and a roll takes the next name that is free", async () => {
  const folder = newFolder();
  const first = await createPart(folder, "owner-0", 1);
  await expect(createPart(folder, "owner-0", 1)).rejects.toThrow(/EEXIST/);
  await first.close();
  const roll = openPartRoll(folder, "owner", 1);
  expect(await roll.append([goodResult(1)])).toMatchObject({ name: "owner-1" });
  expect(await roll.append([goodResult(2)])).toMatchObject({ name: "owner-1" });
  await roll.close();
});

test("the outcome that counts is the first success, else the first failure of this run", async () => {
  const folder = newFolder();
  const before = await write(
    folder,
    [[failedResult(0, "old"), failedResult(1, "old"), goodResult(2, "old")]],
    "a",
  );
  const now = await write(
    folder,
    [[failedResult(1, "new"), goodResult(1, "b"), goodResult(1, "c"), goodResult(2, "late")]],
    "b",
  );
  const parts = [
    { ...before.lengths[0]!, run: 1 },
    { ...now.lengths[0]!, run: 2 },
  ];
  using lines = await openResultLines(folder, parts, 2, 4);
  expect(lines.of(0)).toBeUndefined();
  expect(lines.of(1)).toMatchObject({ ok: true, line: Buffer.from(`${goodResult(1, "b").line}\n`) });
  expect(lines.of(2)).toMatchObject({ ok: true, line: Buffer.from(`${goodResult(2, "old").line}\n`) });
  expect(lines.of(3)).toBeUndefined();
  using some = await openResultLines(folder, parts, 2, theseRows([2, 3]));
  expect([0, 1, 2, 3].map((row) => some.of(row)?.line.toString())).toEqual([
    undefined,
    undefined,
    `${goodResult(2, "old").line}\n`,
    undefined,
  ]);
});

test("a block of any entries is decoded as it was encoded, and never from fewer bytes", () => {
  fc.assert(
    fc.property(fc.array(Result, { maxLength: 6 }), fc.nat(), (results, cut) => {
      const entries = results.map(({ line, ...result }) => ({ ...result, bytes: line.length }));
      const block = encodeBlock(entries, Buffer.from("lines"));
      expect(decodeBlock(block, 0)).toMatchObject({ entries, dataBytes: 5, bytes: block.length });
      expect(decodeBlock(block.subarray(0, cut % block.length), 0)).toBeUndefined();
    }),
  );
});

async function write(
  folder: string,
  batches: RowResult[][],
  name = "part",
): Promise<{ lengths: PartLength[] }> {
  const writer = await createPart(folder, name, 1);
  const lengths: PartLength[] = [];
  for (const batch of batches) lengths.push(await writer.append(batch));
  await writer.close();
  return { lengths };
}

async function entriesOf(folder: string, part: PartLength): Promise<Located[]> {
  const entries: Located[] = [];
  await readPart(folder, part, (entry) => entries.push(entry));
  return entries;
}
