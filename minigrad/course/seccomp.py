"""A filter of system calls: what no exercise needs and what attacks begin with.

Nothing rests on it alone.  The namespaces and Landlock close files, processes and the
network; this takes away the calls by which holes in a kernel were reached before.
It fails where a processor is not in the table: then there is no filter.
Standard library only, as for `worker`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
SECCOMP, FILTER = 22, 2  # for prctl
# Names, and numbers on x86-64 and on arm64.
CALLS = {
    # another process's memory, registers and descriptors
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    # the kernel's keys, which are the user's, not the process's
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # machinery of the kernel with a long list of holes
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    # namespaces and mounts: all is set up
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    # a socket, of whatever family; a pair of connected ones can still be had
    "socket": (41, 198),
}
CLONE, CLONE3 = (56, 220), 435
NEW_ANYTHING = 0x7E020000  # flags of clone that ask for namespaces
PROCESSORS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
FOREIGN = 0x40000000  # numbers from here on are x86-64's other interface, x32

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in what the filter sees
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000


def deny() -> None:
    """Install the filter; without privileges, `PR_SET_NO_NEW_PRIVS` must be set."""
    machine = os.uname().machine
    if machine not in PROCESSORS:
        return
    code = program(*PROCESSORS[machine])
    body = ctypes.create_string_buffer(b"".join(code))
    head = struct.pack("HxxxxxxP", len(code), ctypes.addressof(body))
    if LIBC.prctl(SECCOMP, FILTER, head, 0, 0) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def program(column: int, architecture: int) -> list[bytes]:
    """The filter as instructions: each test is followed by what it returns."""
    code = [step(LOAD, ARCHITECTURE), step(EQUAL, architecture, yes=1)]
    code += [step(RETURN, KILL), step(LOAD, NUMBER)]
    code += when(AT_LEAST, FOREIGN, REFUSE | errno.ENOSYS)
    code += when(EQUAL, CLONE3, REFUSE | errno.ENOSYS)  # the C library takes clone then
    for numbers in CALLS.values():
        code += when(EQUAL, numbers[column], REFUSE | errno.EPERM)
    code += [step(EQUAL, CLONE[column], no=3), step(LOAD, FIRST_ARGUMENT)]
    code += when(ANY_BIT, NEW_ANYTHING, REFUSE | errno.EPERM)
    return [*code, step(RETURN, ALLOW)]


def when(test: int, value: int, result: int) -> list[bytes]:
    return [step(test, value, no=1), step(RETURN, result)]


def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
