using System.Text;
using Microsoft.Extensions.Options;
using Stork.Queues;

namespace Stork.Hosting;

/// <summary>Refuses at start what could not work, naming the option and the range.</summary>
internal sealed class SocketIOOptionsValidator : IValidateOptions<SocketIOOptions>
{
    private static readonly TimeSpan ShortestPing = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, SocketIOOptions options)
    {
        var errors = new List<string>();
        Require(
            options.Path is ['/', _, ..] && !options.Path.EndsWith('/') && options.Path.AsSpan().IndexOfAny("?#*{}") < 0,
            nameof(options.Path),
            "must begin with a slash, not end with one, and be a plain path");
        Require(
            options.Transports != SocketIOTransports.None && (options.Transports & ~SocketIOTransports.All) == 0,
            nameof(options.Transports),
            "must name at least one transport");
        Duration(options.PingInterval, nameof(options.PingInterval), ShortestPing);
        Duration(options.PingTimeout, nameof(options.PingTimeout), ShortestPing);
        Duration(options.UpgradeTimeout, nameof(options.UpgradeTimeout), TimeSpan.FromMilliseconds(1));
        Duration(options.ConnectTimeout, nameof(options.ConnectTimeout), TimeSpan.FromMilliseconds(1));
        Range(options.MaxHttpBufferSize, nameof(options.MaxHttpBufferSize), 1024, 1 << 30);
        Range(options.MaxPacketSize, nameof(options.MaxPacketSize), 1024, 1 << 30);
        Range(options.MaxInputBufferSize, nameof(options.MaxInputBufferSize), 1024, 1 << 30);
        Range(options.MaxOutputBufferSize, nameof(options.MaxOutputBufferSize), 1024, 1 << 30);
        Range(options.HttpCompressionThreshold, nameof(options.HttpCompressionThreshold), 0, int.MaxValue);
        if (options.PerMessageDeflate is { } deflate)
        {
            const string Prefix = nameof(options.PerMessageDeflate) + ".";
            const int Least = PerMessageDeflateOptions.LeastWindowBits;
            const int Most = PerMessageDeflateOptions.MostWindowBits;
            Range(deflate.Threshold, Prefix + nameof(deflate.Threshold), 0, int.MaxValue);
            Range(deflate.ServerMaxWindowBits, Prefix + nameof(deflate.ServerMaxWindowBits), Least, Most);
            Range(deflate.ClientMaxWindowBits, Prefix + nameof(deflate.ClientMaxWindowBits), Least, Most);
        }

        Range(options.MaxConnections, nameof(options.MaxConnections), 1, int.MaxValue);
        Range(options.EventLoops, nameof(options.EventLoops), 0, 1024);
        Range(options.MaxDynamicNamespaces, nameof(options.MaxDynamicNamespaces), 0, int.MaxValue);
        Range(options.MaxNamespacesPerConnection, nameof(options.MaxNamespacesPerConnection), 1, 10_000);
        Range(options.MaxRoomsPerSocket, nameof(options.MaxRoomsPerSocket), 0, int.MaxValue);
        Range(options.MaxRoomBytesPerSocket, nameof(options.MaxRoomBytesPerSocket), 1024, 1 << 30);
        Require(options.MaxRoomBytes >= 1024, nameof(options.MaxRoomBytes), $"is {options.MaxRoomBytes}, but must be at least 1024");
        Range(options.MaxPendingAcks, nameof(options.MaxPendingAcks), 1, int.MaxValue);
        Range(options.MaxConcurrentHandlers, nameof(options.MaxConcurrentHandlers), 1, 10_000);
        Range(options.MaxPendingEvents, nameof(options.MaxPendingEvents), 1, int.MaxValue);
        Range(options.MaxAttachments, nameof(options.MaxAttachments), 0, ProtocolLimits.LargestAttachments);
        Range(options.MaxJsonDepth, nameof(options.MaxJsonDepth), 1, ProtocolLimits.LargestJsonDepth);
        Require(Enum.IsDefined(options.SlowReaderPolicy), nameof(options.SlowReaderPolicy), "must be one of its named values");
        Require(Enum.IsDefined(options.OnStoreFailure), nameof(options.OnStoreFailure), "must be one of its named values");
        Require(Enum.IsDefined(options.FailedHandlerPolicy), nameof(options.FailedHandlerPolicy), "must be one of its named values");
        Require(options.Cookie is null or { Name.Length: > 0 }, nameof(options.Cookie), "needs a name");
        var fault = options.Inbox is null ? "is missing" : options.Inbox.FindFault();
        Require(fault is null, nameof(options.Inbox), fault ?? "");
        Require(
            options.InboxQueue is { Fanout: not Queues.Fanout.Compete },
            nameof(options.InboxQueue),
            "must not have competing consumers");
        var inboxFault = FindFault(options.InboxQueue);
        Require(inboxFault is null, nameof(options.InboxQueue), $"is not possible: {inboxFault}");
        errors.AddRange(FindFaultsOfQueues(options));
        if (options.ConnectionStateRecovery is { } recovery)
        {
            const string Prefix = nameof(options.ConnectionStateRecovery) + ".";
            Duration(recovery.MaxDisconnectionDuration, Prefix + nameof(recovery.MaxDisconnectionDuration), TimeSpan.FromSeconds(1));
            Range(recovery.MaxReplayEvents, Prefix + nameof(recovery.MaxReplayEvents), 1, 1_000_000);
            Range(recovery.MaxReplayBytes, Prefix + nameof(recovery.MaxReplayBytes), 1, options.MaxOutputBufferSize);
            Range(recovery.MaxConcurrentReplays, Prefix + nameof(recovery.MaxConcurrentReplays), 1, 10_000);
            Range(recovery.MaxSessions, Prefix + nameof(recovery.MaxSessions), 1, 10_000_000);
            Range(recovery.MaxLogEvents, Prefix + nameof(recovery.MaxLogEvents), 1, int.MaxValue);
            Require(
                recovery.MaxLogBytes is >= 64 * 1024 and <= 512 * 1024 * 1024,
                Prefix + nameof(recovery.MaxLogBytes),
                "must be from 64 KiB to 512 MiB");
            Range(recovery.MaxDataBytes, Prefix + nameof(recovery.MaxDataBytes), 0, 16 * 1024 * 1024);
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Require(bool condition, string option, string rule)
        {
            if (!condition) errors.Add($"SocketIOOptions.{option} {rule}.");
        }

        void Range(int value, string option, int least, int most) =>
            Require(value >= least && value <= most, option, $"is {value}, but must be from {least} to {most}");

        void Duration(TimeSpan value, string option, TimeSpan least) =>
            Require(value >= least && value <= Day, option, $"is {value}, but must be from {least} to {Day}");
    }

    /// <summary>What <see cref="SocketIOOptions.ConfigureQueue"/> was told wrong, found now and not when the queue is first used.</summary>
    private static IEnumerable<string> FindFaultsOfQueues(SocketIOOptions options)
    {
        if (options.Queues.Count == 0 || options.Store is null) yield break;
        var configure = options.Freeze().Store.Configure!;
        foreach (var queue in options.Queues.Keys)
        {
            if (Encoding.UTF8.GetByteCount(queue) > QueueStore.MaxNameBytes)
                yield return $"SocketIOOptions.ConfigureQueue(\"{queue}\"): a queue's name has at most {QueueStore.MaxNameBytes} bytes.";
            else if (FindFaultOf(configure, queue) is { } fault)
                yield return $"SocketIOOptions.ConfigureQueue(\"{queue}\"): {fault}";
        }
    }

    private static string? FindFaultOf(Func<QueueKind, string, QueueOptions?> configure, string queue)
    {
        try
        {
            return configure(QueueKind.Work, queue) is { } options ? FindFault(options) : "it returned no options.";
        }
#pragma warning disable CA1031 // It is the application's own function, and all of its faults are shown together.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return $"it failed with {ExceptionText.Describe(failure)}";
        }
    }

    private static string? FindFault(QueueOptions? options)
    {
        try
        {
            options?.Validate();
            return null;
        }
        catch (QueueException fault)
        {
            return fault.Message;
        }
    }
}
