"""Ratio of training speeds, ours and PyTorch's, measured by turns.

    python compare.py BINARY small w1a1 --rounds 3 --steps 4 --threads 2

Starts BINARY (the example tokens_per_second) and peer_torch.py alternately and prints, for each
round and as medians, tokens per wall second (a process's own median step) and tokens per second
of processor time (steps only: a run of one step is subtracted). Where other programs share the
cores, wall times of several threads say little; processor time of one thread says more.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys

TOKENS = {"small": 64 * 64, "large": 32 * 64}
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_torch.py")


def run(command, size, form, steps, threads):
    """Tokens per wall second and processor seconds of a process."""
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = [*command, size, form, str(steps)]
    output = subprocess.run(arguments, env=environment, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(output.stdout), spent


def speeds(command, options):
    """Tokens per wall second, and per second of processor time."""
    _, short = run(command, options.size, options.form, 1, options.threads)
    wall, long = run(command, options.size, options.form, 1 + options.steps, options.threads)
    return wall, options.steps * TOKENS[options.size] / (long - short)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("size", choices=TOKENS)
    parser.add_argument("form", choices=["w1a1", "float"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    ours, theirs = [], []
    for index in range(options.rounds):
        ours.append(speeds([options.binary], options))
        theirs.append(speeds([sys.executable, PEER], options))
        print(f"round {index + 1}: ours {ours[-1]}, PyTorch {theirs[-1]}", flush=True)
    for name, which in (("wall", 0), ("processor", 1)):
        mine = statistics.median(pair[which] for pair in ours)
        peer = statistics.median(pair[which] for pair in theirs)
        print(f"{name}: ours {mine:.0f}, PyTorch {peer:.0f} tokens/s, ratio {mine / peer:.2f}")


if __name__ == "__main__":
    main()
