import type { Contract, Token } from "../../contracts/contract.ts";
import { pause } from "../../timing/pause.ts";
import type { Broker } from "../broker.ts";
import { type PublishOptions, publishDurably } from "../publish.ts";

export interface UntilStored extends PublishOptions {
  /** Asked before each attempt: false ends them. */
  wanted?: () => boolean | Promise<boolean>;
}

const FULL_MS = 100;

/**
 * Publishes until it is stored, however long the stream is full. `gone`: the stream does not exist, since the work ended;
 * `unwanted`: nobody wants it any more. An aborted signal makes it throw.
 */
export async function publishUntilStored<Body, Address extends Token[]>(
  broker: Broker,
  contract: Contract<Body, Address>,
  address: Address,
  body: Body,
  { wanted, ...options }: UntilStored,
): Promise<"stored" | "gone" | "unwanted"> {
  for (;;) {
    if (wanted !== undefined && !(await wanted())) return "unwanted";
    const { outcome } = await publishDurably(broker, contract, address, body, options);
    if (outcome === "gone") return "gone";
    if (outcome !== "full") return "stored";
    await pause(FULL_MS, options.signal);
  }
}
