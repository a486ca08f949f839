/**
 * The system calls that programs are refused, as a seccomp filter (https://docs.kernel.org/userspace-api/seccomp_filter.html): those that get memory which
 * no limit counts, reach into other processes, outlive the sandbox, or are an often used way into the kernel. A refused call fails with EPERM.
 */

/** Numbers by architecture, as Node and as the kernel (linux/audit.h) name it. */
const ARCHITECTURES = {
  x64: {
    audit: 0xc000003e,
    calls: {
      memory: [319, 447, 29, 30, 68, 64, 278], // memfd_create, memfd_secret, shmget, shmat, msgget, semget, vmsplice
      processes: [101, 310, 311, 312, 438], // ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_getfd
      kernel: [248, 249, 250, 321, 298, 323, 425, 426, 427], // add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, io_uring_*
      namespaces: [272, 308, 165, 155], // unshare, setns, mount, pivot_root
    },
    prctl: 157,
    sockets: [41, 53], // socket, socketpair
  },
  arm64: {
    audit: 0xc00000b7,
    calls: {
      memory: [279, 447, 194, 196, 186, 190, 75],
      processes: [117, 270, 271, 272, 438],
      kernel: [217, 218, 219, 280, 241, 282, 425, 426, 427],
      namespaces: [97, 268, 40, 41],
    },
    prctl: 167,
    sockets: [198, 199],
  },
} as const;

/** With which a program would outlive bubblewrap, and so the worker. */
const PR_SET_PDEATHSIG = 1;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: others are not confined to a namespace, or little used and often broken. */
const SOCKET_FAMILIES = [1, 2, 10, 16];

/** Offsets in struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 4;
/** Of the first argument, its lower half: what an int is. */
const ARGUMENT = 16;
/** Of classic BPF: load a word, jump if equal, jump if greater or equal, return. */
const [LOAD, IF_EQUAL, IF_AT_LEAST, RETURN] = [0x20, 0x15, 0x35, 0x06];
const ALLOW = 0x7fff0000;
const REFUSE = 0x00050000 + 1; // SECCOMP_RET_ERRNO, EPERM
/** Numbers from here on are x32's, another way to the calls of x64. */
const X32 = 0x40000000;

/** @throws Error on an architecture whose calls are not known */
export function systemCallFilter(architecture: string = process.arch): Buffer {
  if (architecture !== 'x64' && architecture !== 'arm64') {
    throw new Error(`no filter of system calls is known for ${architecture}`);
  }
  const { audit, calls, prctl, sockets } = ARCHITECTURES[architecture];
  const refused = Object.values(calls).flat();
  const byArgument = [
    ...whereArgument(prctl, [PR_SET_PDEATHSIG], REFUSE, ALLOW),
    ...sockets.flatMap((call) => whereArgument(call, SOCKET_FAMILIES, ALLOW, REFUSE)),
  ];
  // Jumps count from the next instruction; the last one refuses, and the one before it allows.
  const toLast = (at: number) => refused.length + byArgument.length + 5 - at - 1;
  return Buffer.concat([
    instruction(LOAD, 0, 0, ARCHITECTURE),
    instruction(IF_EQUAL, 0, toLast(1), audit),
    instruction(LOAD, 0, 0, NUMBER),
    instruction(IF_AT_LEAST, toLast(3), 0, X32),
    ...refused.map((call, i) => instruction(IF_EQUAL, toLast(4 + i), 0, call)),
    ...byArgument,
    instruction(RETURN, 0, 0, ALLOW),
    instruction(RETURN, 0, 0, REFUSE),
  ]);
}

/** Decides a call by its first argument: whether it is among these values or not. Another call goes on behind it. */
function whereArgument(call: number, values: readonly number[], among: number, notAmong: number): Buffer[] {
  return [
    instruction(IF_EQUAL, 0, values.length + 3, call),
    instruction(LOAD, 0, 0, ARGUMENT),
    ...values.map((value, i) => instruction(IF_EQUAL, values.length - i, 0, value)),
    instruction(RETURN, 0, 0, notAmong),
    instruction(RETURN, 0, 0, among),
  ];
}

/** struct sock_filter. */
function instruction(code: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}
