// The hot paths one by one, for a change before and after it: bench/micro.sh [filter] [--long], see bench/README.md.
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Stork.MicroBenchmarks;

// In this process: the generated projects of the usual way would be built under the rules of this repository.
var job = (args.Contains("--long") ? Job.Default : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
var arguments = args.Where(static argument => argument != "--long").ToArray();
if (arguments is [var filter] && !filter.StartsWith('-')) arguments = ["--filter", $"*{filter}*"];
if (arguments is []) arguments = ["--filter", "*"];
BenchmarkSwitcher.FromAssembly(typeof(AllocationFreeAttribute).Assembly).Run(arguments, DefaultConfig.Instance.AddJob(job));
