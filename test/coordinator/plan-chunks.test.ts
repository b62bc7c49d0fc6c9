import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkPlanner, chunkRowsFor } from "../../services/coordinator/feeding/plan-chunks.ts";
import { CHUNK_BYTES, CompletionChunk, MOST_CHUNK_ROWS } from "../../shared/contracts/completion-chunk.ts";

const Length = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 * CHUNK_BYTES }));

test("chunks hold all rows in order, within rows and bytes, and none but the last is closed early", () => {
  fc.assert(
    fc.property(
      fc.array(Length, { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (lengths, chunkRows) => {
        const planner = new ChunkPlanner(chunkRows, lengths.length + 1);
        // Two bytes a character: bytes count, not characters.
        const rows = lengths.map((length, row) => ({ row: row * 3, messages: "é".repeat(length >> 1) }));
        for (const row of rows) expect(planner.add(row)).toBe(true);
        expect(planner.chunks.flatMap((chunk) => chunk.rows)).toEqual(rows);
        for (const [place, chunk] of planner.chunks.entries()) {
          const bytes = chunk.rows.reduce((sum, row) => sum + Buffer.byteLength(row.messages), 0);
          expect(chunk.bytes).toBe(bytes);
          expect(chunk.rows.length).toBeLessThanOrEqual(chunkRows);
          if (chunk.rows.length > 1) expect(bytes).toBeLessThanOrEqual(CHUNK_BYTES);
          expect(chunk.end).toBe(chunk.rows.at(-1)!.row + 1);
          const next = planner.chunks[place + 1]?.rows[0];
          const fits = next !== undefined && bytes + Buffer.byteLength(next.messages) <= CHUNK_BYTES;
          if (fits) expect(chunk.rows.length).toBe(chunkRows);
        }
      },
    ),
  );
});

test("no row is taken for which there would have to be a chunk too many", () => {
  const planner = new ChunkPlanner(2, 2);
  const added = [0, 1, 2, 3, 4, 5].map((row) => planner.add({ row, messages: "[]" }));
  expect(added).toEqual([true, true, true, true, false, false]);
  expect(planner.chunks.map(({ end }) => end)).toEqual([2, 4]);
});

test("chunks grow with the job, within what a message may hold", () => {
  expect([1, 2000, 20_022, 50_000, 10_000_000].map(chunkRowsFor)).toEqual([
    10,
    10,
    101,
    250,
    MOST_CHUNK_ROWS,
  ]);
  const rows = Array.from({ length: chunkRowsFor(10_000_000) }, (_, row) => ({ row, messages: "[]" }));
  expect(CompletionChunk.safeParse({ job: "0123456789abcdef", run: 1, single: false, rows }).success).toBe(
    true,
  );
});
