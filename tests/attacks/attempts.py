"""What a submission may try, each in a function: it returns when it had its way.

The file is handed in as a submission, so it imports nothing of the tests.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000


def call(name, *args):
    if getattr(LIBC, name)(*args) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True


# Files


def read(path):
    with open(path, "rb") as file:
        return len(file.read(16))


def look(path):
    return os.listdir(path)


def write(path):
    with open(path, "w") as file:
        return file.write("mine")


def change(path):
    os.chmod(path, 0o644)


def touch(path):
    os.utime(path)


def shorten(path):
    os.truncate(path, 0)


def remove(path):
    os.unlink(path)


def hard_link(path):
    os.link(path, "a_link")
    return read("a_link")


def soft_link(path):
    os.symlink(path, "a_symlink")
    return read("a_symlink")


def climb(path):
    return read("../" * 20 + path)


def program(path):
    return subprocess.run([path], check=True).returncode


def open_folders(_):
    """Descriptors that lead out of here; none is no success."""
    kinds = [os.fstat(fd).st_mode for fd in range(3, 256) if is_open(fd)]
    if not any(map(stat.S_ISDIR, kinds)) and not any(map(stat.S_ISREG, kinds)):
        raise OSError("none")
    return True


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


# Network


def tcp(port):
    socket.create_connection(("127.0.0.1", port), 2.0).close()


def udp(port):
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))


def unix(path):
    socket.socket(socket.AF_UNIX).connect(path)


def abstract(name):
    socket.socket(socket.AF_UNIX).connect("\0" + name)


def shared_memory(key):
    call("shmget", key, 0, 0)


# Processes


def exists(pid):
    os.kill(pid, 0)


def limit(pid):
    resource.prlimit(pid, resource.RLIMIT_NOFILE)


def slow(pid):
    os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid))


def bind(pid):
    os.sched_setaffinity(pid, os.sched_getaffinity(pid))


def trace(pid):
    call("ptrace", 0x4206, pid, 0, 0)  # PTRACE_SEIZE


def peek(pid):
    here = ctypes.create_string_buffer(8)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8)
    call("process_vm_readv", pid, vector, 1, vector, 1, 0)


def descriptor(pid):
    os.pidfd_open(pid)


def the_group(_):
    """Signal all of "my group": the keeper would be in it."""
    handler = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(0, signal.SIGTERM)
    signal.signal(signal.SIGTERM, handler)


# The walls


def new_user(_):
    call("unshare", NEW_USER)


def new_mounts(_):
    call("unshare", NEW_MOUNTS)


def mount(path):
    call("mount", b"none", path.encode(), b"tmpfs", 0, None)


def chroot(path):
    os.chroot(path)


def become_root(_):
    os.setuid(0)


def import_(name):
    sys.path.insert(0, os.path.dirname(importlib.__file__) + "/../site-packages")
    importlib.import_module(name)


# What stays


def daemon(name):
    """Leave the session and ignore what can be ignored, under this name."""
    end, start = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            LIBC.prctl(15, name.encode(), 0, 0, 0)  # PR_SET_NAME
            os.write(start, b"x")
            time.sleep(60)
        os._exit(0)
    return os.read(end, 1) == b"x"


def bomb(most):
    """How many processes can be started at a time, up to ``most``."""
    for started in range(most):
        try:
            pid = os.fork()
        except OSError:
            return started
        if pid == 0:
            time.sleep(30)
            os._exit(0)
    return most


def honest(x):
    """What an exercise asks for, with all that it may use."""
    import tempfile
    import threading

    import numpy as np

    with tempfile.TemporaryFile() as file:
        np.save(file, np.linalg.inv(x @ x.T + np.eye(len(x))))
        file.seek(0)
        result = np.load(file)
    random = np.random.default_rng().standard_normal(3)
    thread = threading.Thread(target=lambda: random.sort())
    thread.start()
    thread.join()
    with open(os.devnull, "w") as nothing:
        print(random, file=nothing)
    return result
