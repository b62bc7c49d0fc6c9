import { type ApiError, badRequest } from "../http/api-errors.ts";

const ROLES = new Set(["system", "developer", "user", "assistant", "tool", "function"]);

/** Messages must be a non-empty array of objects with a known role and a text, or parts of one. */
export function checkMessages(value: unknown, name: string): ApiError | null {
  if (!Array.isArray(value))
    return badRequest(`Invalid type for '${name}': expected an array.`, name, "invalid_type");
  if (value.length === 0) {
    return badRequest(
      `Invalid '${name}': expected at least 1 message, but the array is empty.`,
      name,
      "empty_array",
    );
  }
  for (let index = 0; index < value.length; index++) {
    const fault = checkMessage(value[index], `${name}[${index}]`);
    if (fault) return fault;
  }
  return null;
}

function checkMessage(value: unknown, name: string): ApiError | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return badRequest(`Invalid type for '${name}': expected an object.`, name, "invalid_type");
  }
  const { role, content } = value as { role?: unknown; content?: unknown };
  if (role === undefined) {
    return badRequest(
      `Missing required parameter: '${name}.role'.`,
      `${name}.role`,
      "missing_required_parameter",
    );
  }
  if (typeof role !== "string" || !ROLES.has(role)) {
    const known = [...ROLES].map((one) => `'${one}'`).join(", ");
    const message = `Invalid value: '${role}'. Supported values are: ${known}.`;
    return badRequest(message, `${name}.role`, "invalid_value");
  }
  return typeof content === "string" ? null : checkContent(content, role, `${name}.content`);
}

function checkContent(content: unknown, role: string, name: string): ApiError | null {
  // An assistant's turn may consist of tool calls alone.
  if ((content === null || content === undefined) && role === "assistant") return null;
  const parts = Array.isArray(content) && content.length > 0 && content.every(isPart);
  if (parts) return null;
  const got = content === null || content === undefined ? "null" : typeof content;
  const message = `Invalid value for '${name}': expected a string or an array of parts, got ${got}.`;
  return badRequest(message, name, "invalid_type");
}

function isPart(part: unknown): boolean {
  if (typeof part !== "object" || part === null) return false;
  const { type, text } = part as { type?: unknown; text?: unknown };
  return type === "text" ? typeof text === "string" : typeof type === "string";
}
