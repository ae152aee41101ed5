using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Stork.Recovery;
using Stork.Recovery.Journal;
using Stork.Tests.Recovery.Simulation;
using Stork.Tests.Timing;

namespace Stork.Tests.Recovery;

/// <summary>
/// The file that an ordered stop has closed, and a power cut that comes after the next process has gone on from it:
/// who is told to have recovered from the closed file would lack what was sent since.
/// </summary>
public sealed class FormerFileTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nobody_recovers_from_a_closed_file_that_a_power_cut_brings_back(bool canSyncNames)
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var disk = CloseOne(seed, out var key);
            var second = Open(disk, canSyncNames, "second boot");
            second.Sessions.ByKey.Keys.ShouldBe([key]);
            disk.CutPower();
            using var third = Open(disk, canSyncNames, "third boot");
            third.Sessions.ByKey.ShouldBeEmpty($"seed {seed}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_closed_file_that_cannot_be_made_empty_for_certain_where_names_cannot_be_synced_is_emptied_later(int syncFailures)
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var disk = CloseOne(seed, out var key);
            (disk.FailSyncAfter, disk.SyncFailures) = (0, syncFailures);
            var second = Open(disk, canSyncNames: false, "second boot");
            second.Sessions.ByKey.Keys.ShouldBe([key]);
            second.RewriteIfDue();
            disk.CutPower();
            using var third = Open(disk, canSyncNames: false, "third boot");
            third.Sessions.ByKey.ShouldBeEmpty($"seed {seed}");
        }
    }

    /// <summary>A disk with a closed file that has a session, and whose name is durable.</summary>
    private static SimDisk CloseOne(ulong seed, out UInt128 key)
    {
        var disk = new SimDisk(seed);
        using (var first = Open(disk, canSyncNames: true, "first boot"))
        {
            lock (first.Gate)
            {
                var client = new SimClient(SessionKey.NewPid(), "/");
                var nsp = first.Namespaces.GetOrAdd("/");
                first.Sessions.Begin(nsp, client.Pid, owner: default, new SimConnection(client), "socket", rooms: []);
                key = client.Key;
            }
        }

        return disk;
    }

    private static RecoveryState Open(SimDisk disk, bool canSyncNames, string boot)
    {
        var file = new RecoveryFile(new WatchedDisk(disk, static () => { }, RecoveryFault.None, canSyncNames), static _ => { });
        var limits = new RecoveryLimits(TimeSpan.FromMinutes(4), 1_000_000, 10, JsonSerializerOptions.Default);
        return new RecoveryState(
            new ConnectionStateRecoveryOptions(), limits, new ManualTime(), NullLogger.Instance, file, canSyncNames ? boot : "");
    }
}
