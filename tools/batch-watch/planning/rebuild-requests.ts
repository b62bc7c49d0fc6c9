import { messagesTextOf } from "../../../shared/datasets/preparing/prepared-row.ts";
import type { PreparedRows } from "../../../shared/datasets/preparing/prepared-rows.ts";

/** A request line that was made from a row of the dataset, without its line feed. */
export interface RebuiltRequest {
  customId: string;
  text: Buffer;
}

/**
 * Makes the request lines of rows anew, in dataset order; the custom_id is the row's number. Rows that cannot be asked are
 * left out. @param request the body of every request but for its messages
 */
export async function* rebuildRequests(
  rows: PreparedRows,
  request: Record<string, unknown>,
  wanted: (customId: string) => boolean,
): AsyncGenerator<RebuiltRequest> {
  const { model, ...rest } = request;
  for await (const block of rows.readBlocks(0, rows.count, messagesTextOf)) {
    for (const { row, value } of block) {
      const customId = String(row);
      if (!wanted(customId) || (typeof value === "object" && "bad" in value)) continue;
      const messages = typeof value === "string" ? value : value.messages;
      const members = JSON.stringify(rest).slice(1, -1);
      const body = `{"model":${JSON.stringify(model)},"messages":${messages}${members && `,${members}`}}`;
      const text = Buffer.from(
        `{"custom_id":"${customId}","method":"POST","url":"/v1/chat/completions","body":${body}}`,
      );
      yield { customId, text };
    }
  }
}
