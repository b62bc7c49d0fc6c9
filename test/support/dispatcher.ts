import type { TestNats } from "./nats.ts";
import { startService, type TestService } from "./service.ts";

/** The key that the simulator is told to accept. */
export const KEY = "sk-test-0123456789abcdef";

export type TestDispatcher = TestService;

export async function startDispatcher(
  nats: TestNats,
  environment: Record<string, string>,
): Promise<TestDispatcher> {
  return await startService("dispatcher", nats, {
    OPENAI_API_KEY: KEY,
    ASSAY_ROUTE_LEASE_MS: "2000",
    ...environment,
  });
}
