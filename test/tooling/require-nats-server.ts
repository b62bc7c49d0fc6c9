import { findNatsServer } from "../../shared/installation/nats-server.ts";

/** Runs once before all tests: without a nats-server nothing is tested, and that is a failure and no skip. */
export default async function requireNatsServer(): Promise<void> {
  process.env.ASSAY_NATS_SERVER = await findNatsServer((line) => console.log(line));
}
