using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Stork.EngineIO.Takeover;
using Stork.EventLoops;

namespace Stork.Tests.EngineIO.Takeover;

/// <summary>How a connection passes from HTTP to its owner, with HTTP and the web server played by the test.</summary>
public sealed class ConnectionTakeoverTests
{
    private readonly Connection _connection = new();
    private readonly Owner _owner = new();

    [Fact]
    public async Task A_connection_that_nobody_takes_ends_with_HTTP()
    {
        var serving = ConnectionTakeover.Around(static _ => Task.CompletedTask)(_connection);
        await serving.Within("the end of HTTP");
        _owner.IsStarted.ShouldBeFalse();
    }

    [Fact]
    public async Task The_owner_is_started_once_HTTP_has_ended_and_the_server_waits_for_it()
    {
        var http = new TaskCompletionSource();
        var serving = ConnectionTakeover.Around(async connection =>
        {
            PassToOwner(connection);
            await http.Task;
        })(_connection);
        _owner.IsStarted.ShouldBeFalse("HTTP may still be about to write");

        http.SetResult();
        await _owner.Started.Within("the owner to be started");
        serving.IsCompleted.ShouldBeFalse();
        _owner.End.SetResult();
        await serving.Within("the connection's end");
    }

    [Fact]
    public async Task A_server_that_stops_asks_the_owner_to_end()
    {
        var serving = ConnectionTakeover.Around(PassingAtOnce)(_connection);
        await _owner.Started.Within("the owner to be started");

        _connection.RequestClose();

        await serving.Within("the connection's end");
    }

    [Fact]
    public async Task A_transport_that_can_do_without_the_server_has_the_connection_to_itself()
    {
        var transport = new Detachable(accepts: true);
        _connection.Features.Set<IDetachableConnection>(transport);

        await ConnectionTakeover.Around(PassingAtOnce)(_connection).Within("the server to be let go");

        transport.Asked.ShouldBe((_connection.Transport, _owner));
        _owner.IsStarted.ShouldBeFalse("the transport starts it");
    }

    [Fact]
    public async Task A_transport_that_cannot_keeps_the_server()
    {
        _connection.Features.Set<IDetachableConnection>(new Detachable(accepts: false));
        var serving = ConnectionTakeover.Around(PassingAtOnce)(_connection);
        await _owner.Started.Within("the owner to be started");
        serving.IsCompleted.ShouldBeFalse();
        _owner.End.SetResult();
        await serving.Within("the connection's end");
    }

    [Fact]
    public async Task An_owner_learns_that_a_middleware_above_has_failed()
    {
        _owner.End.SetResult();
        var serving = ConnectionTakeover.Around(connection =>
        {
            PassToOwner(connection);
            throw new InvalidOperationException("on purpose");
        })(_connection);

        (await Should.ThrowAsync<InvalidOperationException>(serving)).Message.ShouldBe("on purpose");
        _connection.IsAborted.ShouldBeTrue();
        _owner.IsStarted.ShouldBeTrue("it ends what it has");
    }

    [Fact]
    public async Task Lent_pipes_are_the_real_ones_until_they_are_taken_back()
    {
        var lent = new LentConnection(_connection);
        await _connection.Client.Output.WriteAsync("request"u8.ToArray());
        var read = await lent.Transport.Input.ReadAsync();
        read.Buffer.Length.ShouldBe(7);
        lent.Transport.Input.AdvanceTo(read.Buffer.GetPosition(4));
        await lent.Transport.Output.WriteAsync("answer"u8.ToArray());

        lent.TakeBack();

        var end = await lent.Transport.Input.ReadAsync().AsTask().Within("the end");
        (end.IsCompleted, end.Buffer.Length).ShouldBe((true, 0L));
        lent.Transport.Input.TryRead(out var again).ShouldBeTrue();
        again.IsCompleted.ShouldBeTrue();
        lent.Transport.Output.GetMemory(100).Length.ShouldBeGreaterThanOrEqualTo(100);
        lent.Transport.Output.Advance(100);
        (await lent.Transport.Output.FlushAsync()).IsCompleted.ShouldBeTrue();
        (await lent.Transport.Output.WriteAsync("lost"u8.ToArray())).IsCompleted.ShouldBeTrue();
        lent.Transport.Input.CancelPendingRead();
        await lent.Transport.Input.CompleteAsync();
        await lent.Transport.Output.CompleteAsync();
        lent.Abort();
        lent.Abort(new ConnectionAbortedException());

        _connection.IsAborted.ShouldBeFalse();
        (await _connection.Transport.Input.ReadAsync()).Buffer.Length.ShouldBe(3, "what HTTP had not used is still there");
        await _connection.Transport.Output.WriteAsync("!"u8.ToArray());
        (await _connection.Client.Input.ReadAsync()).Buffer.Length.ShouldBe("answer!".Length);
    }

    [Fact]
    public async Task What_HTTP_sends_while_flushes_are_delayed_leaves_with_the_next_one()
    {
        var lent = new LentConnection(_connection) { DelaysFlushes = true };
        (await lent.Transport.Output.WriteAsync("an"u8.ToArray())).IsCompleted.ShouldBeFalse();
        "swer"u8.CopyTo(lent.Transport.Output.GetSpan(4));
        lent.Transport.Output.Advance(4);
        (await lent.Transport.Output.FlushAsync()).IsCompleted.ShouldBeFalse();
        _connection.Client.Input.TryRead(out _).ShouldBeFalse();

        lent.TakeBack();
        await _connection.Transport.Output.WriteAsync("!"u8.ToArray());

        (await _connection.Client.Input.ReadAsync()).Buffer.Length.ShouldBe("answer!".Length);
    }

    [Fact]
    public void An_abort_by_HTTP_reaches_a_connection_that_is_lent()
    {
        new LentConnection(_connection).Abort(new ConnectionAbortedException());
        _connection.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public void The_heartbeat_of_HTTP_ends_when_the_connection_is_taken_back()
    {
        var beats = 0;
        var lent = new LentConnection(_connection);
        var heartbeat = lent.Features.Get<IConnectionHeartbeatFeature>()!;
        heartbeat.OnHeartbeat(_ => beats++, this);
        heartbeat.OnHeartbeat(_ => beats++, this);
        _connection.Beat();
        beats.ShouldBe(2);

        lent.TakeBack();
        _connection.Beat();

        beats.ShouldBe(2);
    }

    private Task PassingAtOnce(ConnectionContext connection)
    {
        PassToOwner(connection);
        return Task.CompletedTask;
    }

    private void PassToOwner(ConnectionContext connection)
    {
        var lent = connection.Transport.ShouldBeOfType<LentConnection>();
        lent.TakeBack();
        lent.PassTo(_owner);
    }

    private sealed class Owner : IConnectionOwner
    {
        private readonly TaskCompletionSource _started = new();

        public TaskCompletionSource End { get; } = new();

        public Task Started => _started.Task;

        public bool IsStarted => _started.Task.IsCompleted;

        public Task RunAsync()
        {
            _started.SetResult();
            return End.Task;
        }

        public void BeginClose() => End.SetResult();
    }

    private sealed class Detachable(bool accepts) : IDetachableConnection
    {
        public (IDuplexPipe, IConnectionOwner)? Asked { get; private set; }

        public bool TryDetach(IDuplexPipe transport, IConnectionOwner owner)
        {
            Asked = (transport, owner);
            return accepts;
        }
    }

    private sealed class Connection : DefaultConnectionContext, IConnectionHeartbeatFeature, IConnectionLifetimeNotificationFeature
    {
        private readonly CancellationTokenSource _closing = new();
        private Action? _beat;

        public Connection()
        {
            var (toServer, toClient) = (new Pipe(), new Pipe());
            Transport = new Ends(toServer.Reader, toClient.Writer);
            Client = new Ends(toClient.Reader, toServer.Writer);
            Features.Set<IConnectionHeartbeatFeature>(this);
            Features.Set<IConnectionLifetimeNotificationFeature>(this);
        }

        public Ends Client { get; }

        public bool IsAborted { get; private set; }

        CancellationToken IConnectionLifetimeNotificationFeature.ConnectionClosedRequested
        {
            get => _closing.Token;
            set => throw new NotSupportedException();
        }

        public void Beat() => _beat?.Invoke();

        public void RequestClose() => _closing.Cancel();

        public void OnHeartbeat(Action<object> action, object state) => _beat += () => action(state);

        public override void Abort() => IsAborted = true;

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
