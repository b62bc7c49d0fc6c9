import type { DatasetRequest } from "../../../../shared/contracts/dataset-request.ts";
import { fingerprintOf } from "../../../../shared/datasets/preparing/fingerprint.ts";
import type { PreparedDataset } from "../../../../shared/datasets/preparing/prepared-dataset.ts";
import type { BadRow, PreparedRow } from "../../../../shared/datasets/preparing/prepared-row.ts";
import { readPreparedDataset } from "../../../../shared/datasets/preparing/prepared-rows.ts";
import { PreparedRowsWriter } from "../../../../shared/datasets/preparing/prepared-rows-writer.ts";
import { partsOf } from "../../../../shared/judging/calls/parts.ts";
import { renderPart } from "../../../../shared/judging/calls/render-part.ts";
import type { Item } from "../../../../shared/judging/items/item.ts";
import { itemsWithin, itemWindow } from "../../../../shared/judging/items/items-within.ts";
import { mixFiles } from "../../../../shared/judging/items/mix-folder.ts";
import { type NumberedItem, readItems } from "../../../../shared/judging/items/read-items.ts";
import type { JudgeTask } from "./judge-task.ts";

/** A row of a judging job is one call; an item's calls follow each other, and the first holds the item. */
export type JudgementRow = (PreparedRow & { part: string; parts: number; item?: Item }) | BadRow;

/**
 * Renders the calls of all items into `folder`, as shared/datasets/preparing/prepared-dataset.ts says. Items with a fault are left
 * to the reader: they stop it, or keep their number.
 * @throws UserError
 */
export async function prepareJudgements(
  request: DatasetRequest,
  folder: string,
  task: JudgeTask,
): Promise<PreparedDataset> {
  const before = await readPreparedDataset(folder).catch(() => undefined);
  const { path } = request.source as { path: string };
  const mix = mixFiles(path);
  const source = mix ? { kind: "files" as const, paths: [...mix.values()] } : request.source;
  const { fingerprint, content } = await fingerprintOf({ ...request, source }, { before });
  if (before?.fingerprint === fingerprint) return before;
  const items = () => readItems(path, task.judging, optionsOf(request, task));
  const window = await itemWindow(request, items);
  await using writer = await PreparedRowsWriter.create(folder);
  for await (const read of itemsWithin(window, items())) {
    for (const row of rowsOf(task, read)) writer.add(row as PreparedRow | BadRow);
    if (writer.full) await writer.flush();
  }
  const recipe = { form: task.judging.method, columns: task.columns ?? {} };
  return await writer.finish({ first_row: window.first, fingerprint, content, recipe });
}

function optionsOf(request: DatasetRequest, { idColumn, columns, referenceModel }: JudgeTask) {
  return {
    idColumn: idColumn ?? undefined,
    columns,
    referenceModel: referenceModel ?? undefined,
    skipBadRows: request.skipBadRows,
  };
}

function rowsOf({ judging }: JudgeTask, read: NumberedItem): JudgementRow[] {
  if ("bad" in read) return [{ bad: read.bad }];
  const { item } = read;
  const parts = partsOf(judging, item);
  return parts.map((part, place) => {
    const { messages, carry } = renderPart(judging, item, part);
    // What was rendered before is in the messages.
    const { texts: _, ...kept } = item;
    return {
      carry: { about: carry },
      part,
      parts: parts.length,
      ...(place === 0 && { item: kept }),
      system_prompt: "",
      user_prompt: String(messages.at(-1)?.content ?? ""),
      annotation_original: null,
    };
  });
}
