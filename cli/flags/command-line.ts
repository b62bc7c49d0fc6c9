import { Command, type CommanderError, type ErrorOptions, type Option } from "commander";
import { UserError } from "../../shared/errors.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import { FittingHelp } from "./fitting-help.ts";
import { formerCommand } from "./former-commands.ts";
import { formerFlag } from "./former-flags.ts";

/** A command whose wrong use ends in one sentence with the way out, and exit code 2. */
export class AssayCommand extends Command {
  override createHelp(): FittingHelp {
    return Object.assign(new FittingHelp(), this.configureHelp());
  }

  /** Whether it is meant where no command of its group is named. */
  isDefault = false;

  /** Adds a command that is meant where none of this group is named. */
  defaultCommand(name: string): AssayCommand {
    const command = this.command(name, { isDefault: true });
    command.isDefault = true;
    return command;
  }

  override createCommand(name?: string): AssayCommand {
    return new AssayCommand(name);
  }

  override error(message: string, options: ErrorOptions = {}): never {
    const code = options.code ?? "";
    const about = code === "commander.excessArguments" ? (groupOf(this) ?? this) : this;
    throw new UserError(`${usageSentence(this, code, message)} See \`${pathOf(about)} --help\`.`);
  }
}

/**
 * `help X` is `X --help`, wherever a command may stand; so a command that does not exist is refused there, too, and not
 * answered with the help of those that do. @throws UserError
 */
export function withHelpFlag(words: readonly string[], program: Command): readonly string[] {
  const kept: string[] = [];
  let [command, place, asked] = [program, 0, words.some((word) => word === "--help" || word === "-h")];
  for (; command.commands.length > 0 && place < words.length; place++) {
    const word = words[place]!;
    if (word.startsWith("-")) break;
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next === undefined && word !== "help") {
      if (asked) command.error(`error: unknown command '${word}'`, { code: "commander.unknownCommand" });
      break;
    }
    if (next) kept.push(word);
    else asked = true;
    command = next ?? command;
  }
  return [...kept, ...words.slice(place), ...(asked ? ["--help"] : [])];
}

/** Asking for help or the version is no failure; a command that is missing is one. */
export function exitCodeOfHelp(error: CommanderError): number {
  return error.code === "commander.help" ? 2 : 0;
}

/**
 * Flags in hyphens, however they were typed: `--max_tokens` and `--max-tokens` are one. Values stay as they are, also
 * where they look like flags. A flag that takes no value may have one all the same, as Python's scripts give it:
 * `--logprobs True` is the flag, `--logprobs False` is as if it were not there.
 */
export function withHyphens(argv: readonly string[], program: Command): string[] {
  const options = optionsOf(program);
  const longs = (of: Option[]) => new Set(of.map((option) => option.long));
  const takingValues = longs(options.filter((option) => option.required));
  const bare = longs(options.filter((option) => option.isBoolean() && !takingValues.has(option.long)));
  const normal: string[] = [];
  for (let place = 0; place < argv.length; place++) {
    const word = argv[place]!;
    if (word === "--") return [...normal, ...argv.slice(place)];
    const [, flag, value] = /^(--[^=]+)(=.*)?$/s.exec(word) ?? [];
    const hyphened = flag?.replaceAll("_", "-");
    const next = argv[place + 1];
    const said = bare.has(hyphened) ? truthOf(value?.slice(1) ?? next) : undefined;
    if (said !== undefined) {
      if (said) normal.push(hyphened!);
      if (value === undefined) place += 1;
      continue;
    }
    normal.push(hyphened === undefined ? word : hyphened + (value ?? ""));
    if (value === undefined && takingValues.has(hyphened) && next !== undefined) {
      normal.push(next);
      place += 1;
    }
  }
  return normal;
}

function truthOf(text: string | undefined): boolean | undefined {
  if (/^true$/i.test(text ?? "")) return true;
  return /^false$/i.test(text ?? "") ? false : undefined;
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}

function pathOf(command: Command): string {
  const parent = command.parent ? `${pathOf(command.parent)} ` : "";
  return parent + command.name();
}

function usageSentence(command: Command, code: string, message: string): string {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? "";
  const [word] = command.args;
  // A misspelt command is taken for a word of the default one, which then does not know the flags behind it.
  if (command instanceof AssayCommand && command.isDefault && word !== undefined && !word.startsWith("-"))
    return unknown("command", word, namesOf(command.parent!));
  if (code === "commander.unknownOption") {
    const former = formerFlag(quoted);
    if (former !== undefined) return `${pathOf(command)} has no flag ${quoted}: ${former}.`;
    return unknown(
      "flag",
      quoted,
      command.options.flatMap((option) => (option.long ? [option.long] : [])),
    );
  }
  if (code === "commander.missingArgument") {
    const needed = command.registeredArguments.find((argument) => argument.name() === quoted);
    return `${pathOf(command)} needs <${quoted}>${needed?.description ? `: ${needed.description}` : ""}.`;
  }
  const strays = /but got \d+: (.*)\.$/.exec(message)?.[1]?.split(", ") ?? [];
  const group = groupOf(command);
  if (code === "commander.unknownCommand") return unknown("command", quoted, namesOf(command));
  if (code === "commander.excessArguments" && group) return unknown("command", strays[0]!, namesOf(group));
  if (code === "commander.excessArguments") {
    return `${pathOf(command)} does not take ${JSON.stringify(strays.at(-1))}: give what it needs by flags.`;
  }
  const plain = message
    .replace(/^error: /, "")
    .replaceAll("'", "")
    .replace(/\.?$/, ".");
  return plain[0]!.toUpperCase() + plain.slice(1);
}

/** The commands among which a stray word may have been meant to be one: its own, or those beside a default command. */
function groupOf(command: Command): Command | undefined {
  if (command.commands.length > 0) return command;
  const isMeant = command.name() === "list" || (command instanceof AssayCommand && command.isDefault);
  return command.parent?.commands.length && isMeant ? command.parent : undefined;
}

function namesOf(command: Command): string[] {
  return command.commands.map((one) => one.name());
}

function unknown(what: string, name: string, candidates: string[]): string {
  const former = what === "command" ? formerCommand(name) : undefined;
  if (former !== undefined) return `What ${name} does, \`assay ${former}\` does here.`;
  const bare = what === "flag" ? name.replace(/^--?/, "") : name;
  const near = nearestNames(
    bare,
    candidates.map((candidate) => candidate.replace(/^--/, "")),
  );
  const shown = near.map((one) => (what === "flag" ? `--${one}` : one));
  return `There is no ${what} ${name}${shown.length > 0 ? `: did you mean ${anyOf(shown)}?` : "."}`;
}
