import { type ApiError, unknownModel, unknownUrl, wrongKey } from "../http/api-errors.ts";
import type { Simulation } from "../simulation.ts";

type Model = { id: string; object: "model"; created: number; owned_by: string };
type ModelList = { object: "list"; data: Model[] };

const LISTED_BY_DEFAULT = ["gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06"];
const CREATED = 1_721_172_741;

/** GET /v1/models and /v1/models/ID. Where no models were configured, any name is a model and a few are listed. */
export function modelReply(
  { settings }: Simulation,
  method: string,
  path: string,
  key: string,
): Model | ModelList | ApiError {
  if (settings.apiKeys && !settings.apiKeys.has(key)) return wrongKey(key);
  if (method !== "GET") return unknownUrl(method, path);
  if (path === "/v1/models") {
    return { object: "list", data: [...(settings.models ?? LISTED_BY_DEFAULT)].map(modelOf) };
  }
  const id = decodeURIComponent(path.slice("/v1/models/".length));
  return settings.models && !settings.models.has(id) ? unknownModel(id) : modelOf(id);
}

function modelOf(id: string): Model {
  return { id, object: "model", created: CREATED, owned_by: "simulator" };
}
