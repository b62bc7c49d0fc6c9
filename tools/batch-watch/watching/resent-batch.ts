import type { Batch } from "../../../shared/batch-api/batch.ts";

/*
 * A batch that holds requests again says so in its metadata, so that it is found whatever became of this disk: after a
 * crash between its creation and the note of it, and by a start that has no notes at all.
 */
const NAMES = { parent: "assay_resends", part: "assay_part", sha256: "assay_sha256" } as const;

/** Equal metadata means the same requests of the same batch. */
export function resentMetadata(parent: string, part: number, sha256: string): Record<string, string> {
  return { [NAMES.parent]: parent, [NAMES.part]: String(part), [NAMES.sha256]: sha256 };
}

/** Which part of which batch a batch holds again; undefined for all others. */
export function resentBy({
  metadata,
}: Pick<Batch, "metadata">): { parent: string; part: number } | undefined {
  const parent = metadata?.[NAMES.parent];
  const part = Number(metadata?.[NAMES.part]);
  return parent === undefined || !Number.isInteger(part) ? undefined : { parent, part };
}

/** Of two batches that hold the same requests the older one stays. */
export function isOlder(a: Pick<Batch, "id" | "created_at">, b: Pick<Batch, "id" | "created_at">): boolean {
  return a.created_at < b.created_at || (a.created_at === b.created_at && a.id < b.id);
}
