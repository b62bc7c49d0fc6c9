import { isObject } from "../json-values.ts";

/** Members of OpenAI's request that have no counterpart, in what they ask for. */
const UNKNOWN = new Set([
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "min_p",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "n",
  "seed",
  "reasoning_effort",
  "modalities",
  "audio",
  "prediction",
]);

/** What of a request the Messages API has no word for. */
export function requestFault(request: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(request).find(
    (name) => UNKNOWN.has(name) && !(name === "n" && request.n === 1),
  );
  if (unknown !== undefined)
    return `does not take ${unknown}, which the Messages API has no word for: leave it out`;
  const { temperature, response_format: format } = request;
  if (typeof temperature === "number" && temperature > 1)
    return `takes a temperature from 0 to 1, not ${temperature}: give 1 or less`;
  if (isObject(format) && format.type === "json_object")
    return "has no response_format json_object: give a JSON schema";
  return undefined;
}

/** The request in the words of the Messages API, without messages. What is named as it is there already passes as it is. */
export function anthropicRequest(request: Record<string, unknown>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) Object.assign(body, member(name, value, request));
  return body;
}

function member(name: string, value: unknown, request: Record<string, unknown>): Record<string, unknown> {
  switch (name) {
    case "max_completion_tokens":
      return { max_tokens: value };
    case "n":
      return {};
    case "stop":
      return { stop_sequences: Array.isArray(value) ? value : [value] };
    case "user":
      return { metadata: { user_id: value } };
    case "response_format":
      return formatOf(value);
    case "tools":
      return { tools: Array.isArray(value) ? value.map(toolOf) : value };
    case "tool_choice":
      return { tool_choice: choiceOf(value, request.parallel_tool_calls) };
    case "parallel_tool_calls":
      return value === false && request.tool_choice === undefined && request.tools !== undefined
        ? { tool_choice: choiceOf("auto", false) }
        : {};
    default:
      return { [name]: value };
  }
}

function formatOf(value: unknown): Record<string, unknown> {
  const schema = isObject(value) && isObject(value.json_schema) ? value.json_schema.schema : undefined;
  return schema === undefined ? {} : { output_config: { format: { type: "json_schema", schema } } };
}

function toolOf(tool: unknown): unknown {
  if (!isObject(tool) || !isObject(tool.function)) return tool;
  const { name, description, parameters } = tool.function;
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: parameters ?? { type: "object", properties: {} },
  };
}

function choiceOf(value: unknown, parallel: unknown): unknown {
  const single = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (value === "auto") return { type: "auto", ...single };
  if (value === "required") return { type: "any", ...single };
  if (value === "none") return { type: "none" };
  if (isObject(value) && isObject(value.function))
    return { type: "tool", name: value.function.name, ...single };
  return value;
}
