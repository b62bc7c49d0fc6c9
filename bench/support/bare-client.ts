import { Pool } from "undici";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import { parseSampling } from "../../shared/contracts/messages/sampling.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import type { InstructionRow } from "./rows.ts";

/** The request bodies that a job of these rows sends. */
export function bodiesOf(annotator: Annotator, rows: Iterable<InstructionRow>): string[] {
  const { params, given } = parseSampling({});
  const request = buildRequest(annotator, params, given);
  return [...rows].map(({ instruction, input }) => {
    const content = alpacaPrompt(instruction, input);
    return JSON.stringify({ ...request, messages: [{ role: "user", content }] });
  });
}

/** Posts all bodies over an undici Pool and reads the answers to their end; gives requests a second. */
export async function postAll(
  baseUrl: string,
  bodies: readonly string[],
  connections: number,
): Promise<number> {
  const url = new URL(`${baseUrl}/chat/completions`);
  const pool = new Pool(url.origin, { connections, pipelining: 1 });
  const headers = { "content-type": "application/json" };
  let next = 0;
  const worker = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      const answer = await pool.request({ path: url.pathname, method: "POST", headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`the simulator answered ${answer.statusCode}: ${text}`);
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - startMs) / 1000;
  await pool.destroy();
  return bodies.length / seconds;
}
