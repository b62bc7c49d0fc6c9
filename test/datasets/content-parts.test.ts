import { expect, test } from "vitest";
import { prepareChat } from "../../shared/datasets/recipes/chat.ts";

const chatOf = (content: unknown) => prepareChat([{ role: "user", content }], "messages", undefined, "");

test.each([
  [[{ type: "text", value: "hi" }], 'has a part of the type "text" with no text in "text" as part 0'],
  [
    [{ type: "reasoning", value: "x" }],
    'has a part of the type "reasoning" with nothing in "reasoning" as part 0',
  ],
  [[{ type: "text", text: "hi" }, "plain"], "has text as part 1"],
  [[1, null], "has a number as part 0"],
  [[{ text: "hi" }], 'has an object without "type" as part 0'],
  [[], "has an empty list as the content of message 0"],
])("content %j is refused before anything is paid", (content, sentence) => {
  expect(() => chatOf(content)).toThrow(
    expect.objectContaining({
      fault: expect.objectContaining({ message: expect.stringContaining(sentence) }),
    }),
  );
});

test.each([
  [[{ type: "text", text: "hi" }]],
  [
    [
      { type: "text", text: "" },
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
    ],
  ],
  [[{ type: "input_audio", input_audio: { data: "", format: "wav" } }]],
  [[{ type: "video_url", video_url: { url: "https://example.com/a.mp4" } }]],
])("content %j goes to the provider as it is", (content) => {
  expect(chatOf(content).messages).toEqual([{ role: "user", content }]);
});
