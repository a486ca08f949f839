import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Child } from './child.js';
import { DataFolder } from './data-folder.js';
import { commandLine, startTime } from './process-table.js';
import { FolderInUseError } from './supervisor-state.js';
import { Supervisor } from './supervisor.js';
import { waitUntil } from './wait.js';

const limits = { firstWaitMs: 10, deaths: 3, withinMs: 60_000 };
let folder: DataFolder;
let supervisor: Supervisor;
let lines: string[];

beforeEach(async () => {
  folder = new DataFolder(mkdtempSync(join(tmpdir(), 'bough-supervisor-')));
  lines = [];
  supervisor = await Supervisor.hold(folder, (line) => lines.push(line), limits);
});

afterEach(async () => {
  await supervisor.stop();
  rmSync(folder.path, { recursive: true });
});

/** A program that notes in a file when it is told to stop. */
function start(name: string, script = ''): Promise<Child> {
  const note = `process.on('SIGTERM', () => { require('fs').appendFileSync(process.argv[1], ${JSON.stringify(`${name} `)}); process.exit(); });`;
  return supervisor.spawn(
    {
      name,
      command: process.execPath,
      args: [
        '-e',
        `${note} console.log('ready'); setInterval(() => {}, 1000); ${script}`,
        join(folder.path, 'stopped'),
      ],
      logFile: folder.log(name),
      stopSignals: [['SIGTERM', 5000]],
    },
    folder.path,
  );
}

const ready = (child: Child) => waitUntil('the program', () => child.tail().includes('ready'), { limitMs: 10_000 });

describe('the supervisor', () => {
  test('stops its processes in the reverse order of their start, and lets go of the folder', async () => {
    const first = await start('first');
    const second = await start('second');
    await Promise.all([ready(first), ready(second)]);
    await supervisor.stop();
    expect(readFileSync(join(folder.path, 'stopped'), 'utf8')).toBe('second first ');
    expect(existsSync(folder.stateFile)).toBe(false);
    await expect(supervisor.ended).resolves.toBeUndefined();
  });

  const recorded = () => {
    const { children } = JSON.parse(readFileSync(folder.stateFile, 'utf8')) as {
      children: { name: string; pid: number }[];
    };
    return children;
  };

  test('starts one that died again, in its place', async () => {
    const first = await start('first');
    const second = await start('second');
    supervisor.watch(first);
    supervisor.watch(second);
    await Promise.all([ready(first), ready(second)]);
    process.kill(first.pid, 'SIGKILL');
    await waitUntil('another first', () => recorded()[0]?.pid !== first.pid, { limitMs: 10_000 });
    expect(lines).toEqual(['first was killed by SIGKILL: starting it again in 0.01 s']);
    expect(recorded().map(({ name }) => name)).toEqual(['first', 'second']);
    expect(second.isRunning).toBe(true);

    await ready(first);
    const pids = recorded().map(({ pid }) => pid);
    await supervisor.stop();
    expect(readFileSync(join(folder.path, 'stopped'), 'utf8')).toBe('second first ');
    expect(pids.map(commandLine)).toEqual([undefined, undefined]);
  });

  test('gives up one that keeps dying: stops the others, and tells its last words', async () => {
    const first = await start('first');
    const second = await start('second', `console.error('out of luck'); setTimeout(() => process.exit(3), 300);`);
    supervisor.watch(first);
    supervisor.watch(second);
    await expect(supervisor.ended).rejects.toThrow(/^second exited with code 3\. The end of .*:\nready\nout of luck$/);
    expect(first.isRunning).toBe(false);
    expect(lines).toEqual([
      'second exited with code 3: starting it again in 0.01 s',
      'second exited with code 3: starting it again in 0.02 s',
      'second has died 3 times in a short time: stopping everything',
    ]);
  });

  test('starts nothing again that is told to stop while it waits', async () => {
    await supervisor.stop();
    supervisor = await Supervisor.hold(folder, (line) => lines.push(line), { ...limits, firstWaitMs: 60_000 });
    const only = await start('only');
    supervisor.watch(only);
    process.kill(only.pid, 'SIGKILL');
    await waitUntil('its death to be told', () => lines.length > 0, { limitMs: 10_000 });
    await supervisor.stop();
    await expect(supervisor.ended).resolves.toBeUndefined();
    expect(lines).toEqual(['only was killed by SIGKILL: starting it again in 60 s']);
    expect(existsSync(folder.stateFile)).toBe(false);
  });

  test('kills what does not stop in time, with all that it has started', async () => {
    const script = `process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => {});
      const sleeper = require('child_process').spawn('sleep', ['1000']); console.log(sleeper.pid);`;
    const stubborn = await supervisor.spawn(
      {
        name: 'stubborn',
        command: process.execPath,
        args: ['-e', `${script} console.log('ready'); setInterval(() => {}, 1000);`],
        logFile: folder.log('stubborn'),
        stopSignals: [['SIGTERM', 200]],
      },
      folder.path,
    );
    await ready(stubborn);
    const sleeper = Number(stubborn.tail().split('\n')[0]);
    expect(commandLine(sleeper)).toBe('sleep 1000');
    await supervisor.stop();
    expect(stubborn.isRunning).toBe(false);
    await waitUntil('the sleeper to be gone', () => commandLine(sleeper) === undefined, { limitMs: 5000 });
  });

  test('refuses a folder that another one holds', async () => {
    await expect(Supervisor.hold(folder, () => undefined)).rejects.toThrow(FolderInUseError);
  });

  test('says which program cannot be started', async () => {
    const options = {
      name: 'ghost',
      command: '/nowhere/ghost',
      args: [],
      logFile: folder.log('ghost'),
      stopSignals: [],
    };
    await expect(supervisor.spawn(options, folder.path)).rejects.toThrow('ghost cannot be started (/nowhere/ghost)');
  });
});

describe('after a supervisor was killed', () => {
  const dead = () => {
    const { pid } = JSON.parse(
      execFileSync(process.execPath, ['-p', 'JSON.stringify({ pid: process.pid })'], { encoding: 'utf8' }),
    );
    return { pid: pid as number, startedAt: '1' };
  };

  test('the next one stops the processes that it has left, and only those', async () => {
    await supervisor.stop();
    const ours = spawn('sleep', ['1001'], { detached: true });
    const reused = spawn('sleep', ['1002'], { detached: true });
    const foreign = spawn('sleep', ['1003'], { detached: true });
    const record = (name: string, pid = 0, mark: string, startedAt = startTime(pid)) => ({
      name,
      pid,
      mark,
      startedAt,
      signal: 'SIGTERM',
    });
    try {
      await waitUntil('three sleepers', () => commandLine(foreign.pid ?? 0) === 'sleep 1003', { limitMs: 5000 });
      const children = [
        record('worker', ours.pid, '1001'),
        record('api', reused.pid, '1002', 'another time'),
        record('Redis', foreign.pid, 'what its command line does not say'),
      ];
      writeFileSync(folder.stateFile, JSON.stringify({ supervisor: dead(), children }));
      supervisor = await Supervisor.hold(folder, (line) => lines.push(line));
      expect(lines).toEqual([`Stopped the worker that an earlier start had left (process ${ours.pid})`]);
      expect([ours, reused, foreign].map(({ pid }) => commandLine(pid ?? 0))).toEqual([
        undefined,
        'sleep 1002',
        'sleep 1003',
      ]);
    } finally {
      for (const child of [ours, reused, foreign]) child.kill('SIGKILL');
    }
  });

  test('a state file that a power cut has spoiled is no obstacle', async () => {
    await supervisor.stop();
    writeFileSync(folder.stateFile, '{"supervi');
    supervisor = await Supervisor.hold(folder, () => undefined);
    expect(existsSync(folder.stateFile)).toBe(true);
  });
});
