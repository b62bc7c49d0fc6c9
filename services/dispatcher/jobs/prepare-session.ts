import { loadTokenizer } from "../../../shared/annotators/cost/tokens.ts";
import type { Registry } from "../../../shared/annotators/registry/registry.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { UserError } from "../../../shared/errors.ts";
import type { Held } from "../../../shared/runtime/store.ts";
import { type ChunkSessionPorts, openChunkSession } from "../../../shared/runtime/worker/chunk-session.ts";
import type { Prepared } from "../../../shared/runtime/worker/discovery.ts";
import type { Routes } from "../routes/routes.ts";
import { callWorker } from "./call-worker.ts";
import { endpointOf } from "./endpoint.ts";

export interface PreparePorts {
  session: ChunkSessionPorts;
  registry: Registry;
  routes: Routes;
  allowNoop: boolean;
}

/** What calls of a running job need: its endpoint with a key, its tokenizer, its route. */
export async function prepareSession(
  { session, registry, routes, allowNoop }: PreparePorts,
  held: Held<RequestJob>,
  stream: string,
): Promise<Prepared> {
  const { id, state, spec } = held.value;
  const { dispatch } = spec;
  if (state !== "running") return undefined;
  try {
    const annotator = registry.resolve(dispatch.annotator);
    const status = endpointOf(annotator, allowNoop);
    if (!status.ok) {
      const message = `${status.fault} Then start Assay again and run "assay resume ${id}".`;
      return { refused: { code: "no_key", message } };
    }
    const { endpoint } = status;
    const counts = dispatch.limits.tokensPerMinute !== "unlimited";
    const tokenizer = counts ? await loadTokenizer(annotator.tokenizer) : undefined;
    const begin = () => {
      const calls = { entry: held.value, annotator, endpoint, tokenizer, route: routes.of(dispatch.route) };
      return openChunkSession(session, { entry: held, stream, engage: (hands) => callWorker(calls, hands) });
    };
    return { begin };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refused: { code: "unknown_annotator", message: error.message } };
  }
}
