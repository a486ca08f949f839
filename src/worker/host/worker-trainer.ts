/** The trainer that this worker has its runs trained by, and what that one says it can do. Found once, when the worker starts. */
import type { Config } from '../../config/config.js';
import { Channel } from '../../protocol/channel.js';
import { worldSizeIn } from '../../protocol/capabilities.js';
import { TrainerMessage, type WorkerMessage } from '../../protocol/messages.js';
import { describeExit } from '../trainer/describe-exit.js';
import { TRAINER_LIMITS } from '../trainer/trainer-limits.js';
import { TrainerProcess, type TrainerCommand } from '../trainer/trainer-process.js';

export class WorkerTrainer {
  private constructor(
    readonly name: Config['trainer'],
    /** Null: Bough's own, which does everything. */
    readonly command: TrainerCommand | null,
    /** Null: everything. */
    readonly capabilities: readonly string[] | null,
  ) {}

  /** How many processes of one run it can place. */
  get worldSize(): number {
    return worldSizeIn(this.capabilities ?? []);
  }

  static readonly own = new WorkerTrainer('onnxruntime', null, null);

  /** @throws where another trainer is asked for and does not greet: says why */
  static async find({ trainer, trainerCommand }: Pick<Config, 'trainer' | 'trainerCommand'>): Promise<WorkerTrainer> {
    if (trainer === 'onnxruntime') return WorkerTrainer.own;
    const [program = '', ...args] = trainerCommand.split(' ').filter((word) => word !== '');
    const command: TrainerCommand = [program, ...args];
    return new WorkerTrainer(trainer, command, await greetingOf(command, `TRAINER=${trainer}: ${trainerCommand}`));
  }
}

/** What a trainer says in `hello` that it can do. @param subject what an error is about */
async function greetingOf(command: TrainerCommand, subject: string): Promise<readonly string[]> {
  const trainer = new TrainerProcess(command, () => undefined);
  let capabilities: readonly string[] | null = null;
  const channel = new Channel<TrainerMessage, WorkerMessage>(trainer.pipe, TrainerMessage, {
    onMessage: ({ message }) => {
      if (message.type !== 'hello') return;
      capabilities = message.capabilities;
      channel.close();
      trainer.kill();
    },
    onClose: () => undefined,
  });
  const timer = setTimeout(() => trainer.kill(), TRAINER_LIMITS.helloMs);
  const exit = await trainer.exited;
  clearTimeout(timer);
  if (capabilities !== null) return capabilities;
  throw new Error(
    `${subject} does not say hello (${describeExit(exit, null)}): TRAINER_COMMAND names the program with its arguments, which docs/scaling.md says how to install`,
  );
}
