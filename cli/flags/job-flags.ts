import type { Command } from "commander";
import { Option } from "commander";

/** A field of a job's message as a flag of a command. */
interface JobFlag {
  /** The field's name in the message, and the flag's with underscores. */
  name: string;
  /** How the text becomes the field: a `file` is a text, or the content of the file that it names; `words` are several texts. */
  kind: "text" | "number" | "limit" | "list" | "words" | "yes" | "file";
  value?: string;
  about: string;
  /** Another name of the flag, which the help does not show. */
  alias?: string;
  /** A single letter for the flag. */
  letter?: string;
}

/** Flags under one heading of a command's help. */
export interface FlagGroup {
  heading: string;
  flags: readonly JobFlag[];
}

/** Adds flags to a command, by which a job's message is typed. @param hidden the help does not show them */
export function addJobFlags(
  command: Command,
  groups: readonly FlagGroup[],
  { hidden = false }: { hidden?: boolean } = {},
): void {
  for (const { heading, flags } of groups) {
    for (const flag of flags) {
      const letter = flag.letter === undefined ? "" : `-${flag.letter}, `;
      const option = new Option(letter + spelling(flag.name, flag), flag.about).helpGroup(heading);
      command.addOption(option.hideHelp(hidden));
      if (flag.alias !== undefined) command.addOption(new Option(spelling(flag.alias, flag)).hideHelp());
    }
  }
  command.addHelpOption(new Option("-h, --help", "show this").helpGroup("This command:"));
}

function spelling(name: string, { value }: JobFlag): string {
  return `--${name.replaceAll("_", "-")}${value === undefined ? "" : ` ${value}`}`;
}

/** The names under which a command's options have a flag. */
export function flagKeys({ name, alias }: JobFlag): string[] {
  return [name, ...(alias === undefined ? [] : [alias])].map(camelCase);
}

/**
 * The fields of the message that were given as flags. A text that is no number stays a text: the message's schema says
 * what is wrong with it. @param readText gives the text that a flag of kind `file` means
 */
export function givenFields(
  flags: Record<string, unknown>,
  groups: readonly FlagGroup[],
  readText: (name: string, given: string) => string,
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { name, kind, alias } of groups.flatMap((group) => group.flags)) {
    const value = flags[camelCase(name)] ?? (alias && flags[camelCase(alias)]);
    if (value === undefined) continue;
    if (kind === "yes" || kind === "words") given[name] = value;
    else if (kind === "file") given[name] = readText(name, value as string);
    else if (kind === "list")
      given[name] = (value as string)
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean);
    else given[name] = kind === "text" ? value : numberOrText(value as string);
  }
  return given;
}

function numberOrText(text: string): unknown {
  const number = text.trim() === "" ? Number.NaN : Number(text.replaceAll("_", ""));
  return Number.isFinite(number) ? number : text;
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
