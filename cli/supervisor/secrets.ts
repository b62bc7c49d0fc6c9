import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { madePasswords } from "../../shared/installation/broker-passwords.ts";
import { type Home, writeWhole } from "./home.ts";

const Secrets = z.object({
  /** By the broker's users. */
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
    passwords: madePasswords(known?.passwords),
    grantKey: known?.grantKey ?? randomBytes(24).toString("hex"),
  };
  if (JSON.stringify(secrets) !== JSON.stringify(known))
    writeWhole(home.secrets, `${JSON.stringify(secrets)}\n`);
  return secrets;
}
