import { execFileSync } from 'node:child_process';

/** Network namespaces of Linux as machines, each behind a link of its own to this one. */
export interface Network {
  /** The address of this machine in it. */
  address: string;
  /** The addresses of all in it. */
  subnet: string;
  /** What a command begins with to be run on one of the machines. */
  on(machine: number): string[];
  remove(): void;
}

const subnet = '10.77.91';
const bridge = 'hfbench';
const nameOf = (machine: number): string => `hfbench${machine}`;

function run(...command: string[]): void {
  const [file, ...args] = command;
  execFileSync(file!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function quietly(...command: string[]): void {
  try {
    run(...command);
  } catch {
    // It is not there.
  }
}

/**
 * @param bytesPerSecond of each link, in each direction
 * @returns why there are none where they cannot be made: it takes root, `ip` and `tc`
 */
export function openNetwork(machines: number, bytesPerSecond: number): Network | string {
  const remove = (): void => {
    for (let machine = 1; machine <= machines; machine++) quietly('ip', 'netns', 'del', nameOf(machine));
    quietly('ip', 'link', 'del', bridge);
  };
  // Of a run that was cut short.
  remove();
  const shape = ['root', 'tbf', 'rate', `${bytesPerSecond * 8}bit`, 'burst', '256kb', 'latency', '50ms'];
  try {
    run('ip', 'link', 'add', bridge, 'type', 'bridge');
    run('ip', 'addr', 'add', `${subnet}.1/24`, 'dev', bridge);
    run('ip', 'link', 'set', 'dev', bridge, 'up');
    for (let machine = 1; machine <= machines; machine++) {
      const name = nameOf(machine);
      const inside = ['ip', 'netns', 'exec', name];
      run('ip', 'netns', 'add', name);
      run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'link', 'netns', name);
      run('ip', 'link', 'set', 'dev', name, 'master', bridge, 'up');
      run(...inside, 'ip', 'addr', 'add', `${subnet}.${machine + 1}/24`, 'dev', 'link');
      run(...inside, 'ip', 'link', 'set', 'dev', 'link', 'up');
      run(...inside, 'ip', 'link', 'set', 'dev', 'lo', 'up');
      run('tc', 'qdisc', 'add', 'dev', name, ...shape);
      run(...inside, 'tc', 'qdisc', 'add', 'dev', 'link', ...shape);
    }
  } catch (error) {
    remove();
    return (error as Error).message;
  }
  return {
    address: `${subnet}.1`,
    subnet: `${subnet}.0/24`,
    on: (machine) => ['ip', 'netns', 'exec', nameOf(machine)],
    remove,
  };
}
