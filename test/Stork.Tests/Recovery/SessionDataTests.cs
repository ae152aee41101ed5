using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Stork.Recovery;
using Stork.Recovery.Journal;
using Stork.Shared.Disk;

namespace Stork.Tests.Recovery;

/// <summary>socket.Data of sockets that recover: which lock guards them, and which code runs under it.</summary>
public sealed class SessionDataTests : IDisposable
{
    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_value_becomes_JSON_without_the_lock_as_its_converter_is_the_applications()
    {
        RecoveryState? state = null;
        var wasHeld = new List<bool>();
        state = Open(new Watching(() => wasHeld.Add(state!.Gate.IsHeldByCurrentThread)));
        using var ended = state;
        var session = Begin(state);
        var data = state.CreateData();
        data["before the session"] = new Watched();
        wasHeld.ShouldBeEmpty();
        data.Assign(session);
        data["behind it"] = new Watched();
        wasHeld.ShouldBe([false, false]);
    }

    [Fact]
    public async Task What_is_written_down_is_what_was_set_last_whoever_sets_while_sessions_are_written_and_data_are_assigned()
    {
        const int Writers = 4;
        const int Rounds = 50;
        using var state = Open();
        for (var round = 0; round < Rounds; round++)
        {
            var session = Begin(state);
            var data = state.CreateData();
            using var start = new Barrier(Writers + 2);
            var writers = Enumerable.Range(0, Writers).Select(writer => Run(() =>
            {
                for (var i = 0; i < 20; i++) data["value"] = (writer * 1000) + i;
            }));
            var others = new[] { Run(() => data.Assign(session)), Run(state.RewriteIfDue) };
            await Task.WhenAll([.. writers, .. others]).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            JsonSerializer.Deserialize<int>(session.Stored.Values["value"]).ShouldBe(data["value"]);

            Task Run(Action work) => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    work();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }
    }

    [Fact]
    public async Task Nobody_who_sets_a_value_waits_for_a_log_that_is_in_memory_only()
    {
        using var state = Open(file: null, JsonSerializerOptions.Default);
        var data = state.CreateData();
        data.Assign(Begin(state));
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var isOver = new ManualResetEventSlim();
        var holding = Task.Factory.StartNew(
            () =>
            {
                lock (state.Gate)
                {
                    held.SetResult();
                    isOver.Wait();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await held.Task;
        try
        {
            await Task.Run(Change).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        }
        finally
        {
            isOver.Set();
            await holding;
        }

        data.Keys.ShouldBe(["kept"]);

        void Change()
        {
            data.Add("removed", 1);
            data["kept"] = 2;
            data.Remove("removed").ShouldBeTrue();
            data.Remove("removed").ShouldBeFalse();
            Should.Throw<ArgumentException>(() => data.Add("kept", 3));
        }
    }

    private static Session Begin(RecoveryState state)
    {
        lock (state.Gate)
        {
            var nsp = state.Namespaces.GetOrAdd("/");
            return state.Sessions.Begin(nsp, SessionKey.NewPid(), owner: default, new Nobody(), Guid.NewGuid().ToString(), rooms: []);
        }
    }

    private RecoveryState Open(JsonConverter? converter = null)
    {
        var json = new JsonSerializerOptions(JsonSerializerOptions.Default);
        if (converter is not null) json.Converters.Add(converter);
        // A file that is always due is written anew as often as somebody asks.
        return Open(new RecoveryFile(new FileDisk(_directory.Path), static _ => { }, leastGrowth: 0), json);
    }

    private static RecoveryState Open(RecoveryFile? file, JsonSerializerOptions json)
    {
        var limits = new RecoveryLimits(TimeSpan.FromMinutes(1), 1_000_000, 10, json);
        return new RecoveryState(new ConnectionStateRecoveryOptions(), limits, TimeProvider.System, NullLogger.Instance, file, "boot");
    }

    private sealed class Watched;

    private sealed class Watching(Action watch) : JsonConverter<Watched>
    {
        public override Watched Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Watched value, JsonSerializerOptions options)
        {
            watch();
            writer.WriteNullValue();
        }
    }

    private sealed class Nobody : ISessionHolder
    {
        public bool IsLeftByClient => false;

        public ValueTask Send(Stork.Wire.EncodedPacket packet) => ValueTask.CompletedTask;

        public void NotifyOutgoing(Stork.Wire.EncodedPacket packet)
        {
            // Nobody listens.
        }

        public void Supersede()
        {
            // It is not there.
        }
    }
}
