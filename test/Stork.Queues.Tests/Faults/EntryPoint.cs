using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Stork.Queues.Tests.Faults;

/// <summary>Runs the tests or, started by one of them, the process that is to be killed, stopped or shut out.</summary>
internal static class EntryPoint
{
    public static Task<int> Main(string[] args) => args switch
    {
        [KillChild.Command, var directory, var point, var hit, .. var told] => KillChild.RunAsync(directory, point, hit, told),
        [DescriptorChild.Command, var directory] => DescriptorChild.RunAsync(directory),
        [HoldChild.Command, var directory] => HoldChild.RunAsync(directory, allowUnlocked: false),
        [HoldChild.UnlockedCommand, var directory] => HoldChild.RunAsync(directory, allowUnlocked: true),
        [SleepChild.Command, var directory] => Task.FromResult(SleepChild.Run(directory)),
        [ClockChild.Command, var directory] => ClockChild.RunAsync(directory),
        _ when args.Any(static a => a is "--server" or "--internal-msbuild-node") =>
            TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => ConsoleRunner.Run(args),
    };
}
