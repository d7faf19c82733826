import { InvalidArgumentError, type Command } from 'commander';
import { topics, type Topic } from '../../contract/topics.ts';
import { firstLineOf } from '../first-line.ts';

/** What may be said of a channel beside its name. */
export interface RuleOptions {
  urlFile?: string;
  secretFile?: string;
  topics?: Topic[];
  repeatHours?: number;
  recovery?: boolean;
}

export function addRuleOptions(command: Command): Command {
  return command
    .option(
      '--url-file <file>',
      'the address in the first line of a file, so that it is in no history of a shell',
    )
    .option('--secret-file <file>', 'what a webhook is signed with, whsec_…, in the first line of a file')
    .option('--topics <names>', `what it is told of: ${topics.join(', ')}`, topicList)
    .option('--repeat-hours <hours>', 'tell a problem that lasts again after this time; 0 for never', hours)
    .option('--no-recovery', 'do not tell when a problem is over');
}

/** As the API takes them. */
export async function rulesOf({ urlFile, secretFile, topics: chosen, repeatHours }: RuleOptions) {
  const url = urlFile === undefined ? undefined : await firstLineOf(urlFile, '--url-file', 'address');
  const secret =
    secretFile === undefined ? undefined : await firstLineOf(secretFile, '--secret-file', 'secret');
  return {
    ...(url === undefined ? {} : { url }),
    ...(secret === undefined ? {} : { secret }),
    ...(chosen === undefined ? {} : { topics: chosen }),
    ...(repeatHours === undefined ? {} : { repeatHours }),
  };
}

function topicList(text: string): Topic[] {
  const given = text.split(',').map((each) => each.trim());
  for (const each of given) {
    if (!topics.some((topic) => topic === each)) {
      throw new InvalidArgumentError(`"${each}" is none of ${topics.join(', ')}.`);
    }
  }
  return given as Topic[];
}

function hours(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,3}(?:\.[0-9]{1,3})?$/.test(text) || value > 720) {
    throw new InvalidArgumentError('It must be a number of hours, 0 to 720.');
  }
  return value;
}
