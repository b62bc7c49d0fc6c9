import { randomBytes } from "node:crypto";
import { BROKER_USER_NAMES, type BrokerUser } from "./broker-users.ts";

/** Passwords by users; those that `madePasswords` gives are of all. */
export type BrokerPasswords = Readonly<Record<string, string>>;

/** Passwords of all users: those that are known, and new ones for the others. */
export function madePasswords(known: BrokerPasswords = {}): Record<string, string> {
  return Object.fromEntries(BROKER_USER_NAMES.map((user) => [user, known[user] ?? random()]));
}

/** The broker reads variables as values of its own syntax: a leading letter keeps a password from being a number. */
function random(): string {
  return `p${randomBytes(24).toString("hex")}`;
}

/** The variable by which deploy/nats.conf is given a user's password. */
export function passwordVariable(user: BrokerUser): string {
  return `ASSAY_${user.toUpperCase().replaceAll("-", "_")}_PASSWORD`;
}

/** Those variables, for the environment of nats-server. */
export function passwordVariables(passwords: BrokerPasswords): Record<string, string> {
  return Object.fromEntries(BROKER_USER_NAMES.map((user) => [passwordVariable(user), passwords[user]!]));
}

/** nats://user:password@127.0.0.1:port */
export function brokerUrl(user: BrokerUser, passwords: BrokerPasswords, port: number): string {
  return `nats://${user}:${passwords[user]}@127.0.0.1:${port}`;
}
