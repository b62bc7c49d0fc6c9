import type { WatchContext } from "../watching/watch-context.ts";
import { type SentPart, sentNotes } from "../watching/watch-notes.ts";
import { noteChild, sendPart } from "./send-part.ts";
import type { TokenGate } from "./token-gate.ts";

/** Sends what is planned and not sent, oldest first, as long as the gate lets a batch through. */
export async function sendParts(context: WatchContext, gate: TokenGate): Promise<void> {
  const { state, latest } = context;
  if (context.hold.reason !== undefined) return;
  const sent: SentPart[] = [];
  try {
    for (const { id: parent, ofDataset, parts } of state.all()) {
      for (const [number, { child, requests }] of (parts ?? []).entries()) {
        context.signal?.throwIfAborted();
        const known = child ?? state.childOf(parent, number)?.id;
        if (known === undefined) {
          if (!gate.mayCreate(Date.now(), validating(latest))) return;
          const batch = await sendPart(context, parent, number);
          latest.set(batch.id, batch);
          sent.push({ parent, ofDataset, requests, batch: batch.id });
        } else if (child === null) await noteChild(state, parent, number, known);
      }
    }
  } finally {
    for (const sentence of sentNotes(sent)) context.note(sentence);
  }
}

function validating(latest: WatchContext["latest"]): number {
  return [...latest.values()].filter(({ status }) => status === "validating").length;
}
