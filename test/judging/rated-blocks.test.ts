import { expect, test } from "vitest";
import { customIdOf, readCustomId } from "../../shared/judging/calls/custom-id.ts";
import { partsOf } from "../../shared/judging/calls/parts.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import { reaskMessages } from "../../shared/judging/replies/reask-messages.ts";
import { itemOf } from "./items.ts";

const item = itemOf(["Apple", "Plum", "Pear"]);

test("a chat goes out with what is needed to read its reply, and ratings come back in the item's order", async () => {
  const judging = await loadJudging({ method: "ultrafeedback", seed: 7 });
  expect(partsOf(judging, item).map((part) => customIdOf(item, part))).toEqual([
    "p1_ins",
    "p1_hon",
    "p1_tru",
    "p1_hel",
  ]);
  expect(readCustomId("p_1_hel")).toEqual({ id: "p_1", part: "helpfulness" });
  expect(readCustomId("p_1_overall")).toEqual({ id: "p_1", part: "overall" });
  expect(readCustomId("p_1_ab")).toBeUndefined();
  const { messages, carry } = renderPart(judging, item, "honesty");
  const shown = carry.order.map((index) => item.responses[index]!.text);
  expect(messages[0]!.content).toContain(`<text 2>\n${shown[1]}\n</text 2>`);
  const reply = shown.map(
    (text, at) => `#### Output for Text ${at + 1}\nRating: ${text.length - 2}\nRationale: ${text}.`,
  );
  const read = readReply(JSON.parse(JSON.stringify(carry)), reply.join("\n\n"), null);
  expect(read).toEqual({
    verdict: {
      ratings: [
        { rating: 3, rationale: "Apple." },
        { rating: 2, rationale: "Plum." },
        { rating: 2, rationale: "Pear." },
      ],
    },
  });
  const broken = reply.slice(1).join("\n\n");
  const fault = { reason: "missing_header", message: "has no block for text 1" };
  expect(readReply(carry, broken, null)).toEqual({ fault });
  const again = reaskMessages(carry, messages, broken, fault as never);
  expect(again.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(again[2]!.content).toMatch(/^Your reply cannot be used: it has no block for text 1\. /);
});
