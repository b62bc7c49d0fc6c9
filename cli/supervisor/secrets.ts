import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Home, writeWhole } from "./home.ts";

/** Users of deploy/nats.conf. */
export const BROKER_USERS = ["coordinator", "dispatcher", "batch-supervisor", "judge", "client"] as const;
export type BrokerUser = (typeof BROKER_USERS)[number];

const Secrets = z.object({
  passwords: z.record(z.string(), z.string()),
  /** Proves that a job's paths were typed by somebody who may read this file. */
  grantKey: z.string(),
});
export type Secrets = z.infer<typeof Secrets>;

export function readSecrets(home: Home): Secrets | undefined {
  try {
    return Secrets.parse(JSON.parse(readFileSync(home.secrets, "utf8")));
  } catch {
    return undefined;
  }
}

/** The home's secrets; what is missing is made up and stored. Only the holder of the home's lock may call this. */
export function ensureSecrets(home: Home): Secrets {
  const known = readSecrets(home);
  const secrets = {
    passwords: Object.fromEntries(BROKER_USERS.map((user) => [user, known?.passwords[user] ?? random()])),
    grantKey: known?.grantKey ?? random(),
  };
  if (JSON.stringify(secrets) !== JSON.stringify(known))
    writeWhole(home.secrets, `${JSON.stringify(secrets)}\n`);
  return secrets;
}

/** The broker reads variables as values of its own syntax: a leading letter keeps a password from being a number. */
function random(): string {
  return `p${randomBytes(24).toString("hex")}`;
}

/** nats://user:password@127.0.0.1:port */
export function brokerUrl(user: BrokerUser, secrets: Secrets, port: number): string {
  return `nats://${user}:${secrets.passwords[user]}@127.0.0.1:${port}`;
}

/** The variables by which deploy/nats.conf is given its passwords. */
export function brokerPasswords(secrets: Secrets): Record<string, string> {
  return Object.fromEntries(
    BROKER_USERS.map((user) => [
      `ASSAY_${user.toUpperCase().replaceAll("-", "_")}_PASSWORD`,
      secrets.passwords[user]!,
    ]),
  );
}
