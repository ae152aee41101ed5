using System.Globalization;
using System.Text.Json;
using Stork.Recovery;
using Stork.Wire;

namespace Stork.Tests.Recovery.Simulation;

// What may happen, and what is checked when a client returns.
internal sealed partial class RecoveryWorld
{
    private void Step()
    {
        var dice = Pick(100);
        if (dice < 3) Stop();
        else if (dice < 14) Pass();
        else if (dice < 32) InOneBatch();
        else Do(DoAnything);
    }

    /// <summary>Everything that a batch has written is the operating system's before any of its output arrives.</summary>
    private void InOneBatch() => Do(() =>
    {
        for (var left = 1 + Pick(5); left > 0; left--) DoAnything();
    });

    private void Do(Action work)
    {
        var batch = OutputBatch.Enter();
        try
        {
            work();
            if (_planted == RecoveryFault.TellBeforeWriting) Arrive();
            _file.WriteOut();
        }
        catch
        {
            Abort(batch);
            throw;
        }

        batch.Exit();
        foreach (var written in _unwritten) written.IsCertain = true;
        _unwritten.Clear();
        foreach (var client in _clients) client.IsUncertain = false;
        Arrive();
    }

    /// <summary>The batch is the thread's, which goes on in other tests. What it still wants written
    /// belongs to a process that is gone.</summary>
    private static void Abort(OutputBatch batch)
    {
        try
        {
            batch.Exit();
        }
        catch (SimulatedCrashException)
        {
            // The disk has stopped.
        }
    }

    private void DoAnything()
    {
        var dice = Pick(100);
        var client = _clients.Count == 0 ? null : _clients[Pick(_clients.Count)];
        if (client is null || (dice < 6 && _clients.Count < MostClients)) Begin(Namespaces[Pick(Namespaces.Length)]);
        else if (dice < 50) Emit(client);
        else if (client.Connection is not { } connection) Return(client);
        else if (dice < 62) Move(client, connection);
        else if (dice < 70) ChangeData(client, connection);
        else if (dice < 82) Lose(client, connection, DisconnectReason.TransportClose);
        else if (dice < 88) connection.IsDead = true;
        else if (dice < 94) Return(client);
        else if (dice < 96) Leave(client, connection);
    }

    private void Begin(string nsp)
    {
        var client = new SimClient(SessionKey.NewPid(), nsp) { AliveAt = _ran };
        lock (State.Gate)
        {
            var connection = client.Connection = new SimConnection(client);
            var of = State.Namespaces.GetOrAdd(nsp);
            connection.Session = State.Sessions.Begin(of, client.Pid, owner: default, connection, NewName(), rooms: []);
        }

        client.IsUncertain = true;
        _clients.Add(client);
    }

    private void Emit(SimClient client)
    {
        var trails = State.Namespaces.GetOrAdd(client.Namespace);
        var happened = new SimEvent(++_lastEvent);
        var packet = PacketBuilder.Start(trails.Utf8Name.Length, JsonSerializerOptions.Default);
        packet.Json.WriteStartArray();
        packet.Json.WriteStringValue("event");
        packet.Json.WriteNumberValue(happened.Id);
        if (Chance(0.1)) packet.Json.WriteStringValue(new string('x', Pick(3000)));
        packet.Json.WriteEndArray();
        _unwritten.Add(happened);
        if (Chance(0.3) && State.Sessions.ByKey.TryGetValue(client.Key, out var session))
        {
            client.Expected.Add(happened);
            _ = _sender.Emit(session, packet, PacketFlags.None);
        }
        else
        {
            Broadcast(trails, packet, happened);
        }

        packet.Release();
    }

    private void Broadcast(NamespaceTrails trails, PacketBuilder packet, SimEvent happened)
    {
        var options = BroadcastOptions.All with
        {
            Rooms = Chance(0.5) ? [] : [.. RoomNames.Where(_ => Chance(0.5))],
            Except = Chance(0.7) ? [] : [RoomNames[Pick(RoomNames.Length)]],
        };
        var named = _clients.Where(client => client.Namespace == trails.Name
            && (options.Rooms.Count == 0 || options.Rooms.Any(client.Rooms.Contains)));
        var meant = named.ToLookup(client => !options.Except.Any(client.Rooms.Contains));
        foreach (var client in meant[false]) client.LeftOutAt ??= _ran;
        lock (State.Gate)
        {
            var encoded = _sender.Number(packet, trails, PacketFlags.None);
            _sender.KeepBroadcast(trails, encoded, options);
            foreach (var client in meant[true])
            {
                client.Expected.Add(happened);
                client.Connection?.OnTheWay.Add(encoded);
            }
        }
    }

    private void Move(SimClient client, SimConnection connection)
    {
        var room = RoomNames[Pick(RoomNames.Length)];
        client.IsUncertain = true;
        lock (State.Gate)
        {
            if (client.Rooms.Remove(room))
            {
                State.Sessions.Leave(connection.Session, room);
            }
            else
            {
                client.Rooms.Add(room);
                State.Sessions.Join(connection.Session, room);
            }
        }
    }

    private void ChangeData(SimClient client, SimConnection connection)
    {
        var name = "value " + Pick(3).ToString(CultureInfo.InvariantCulture);
        client.IsUncertain = true;
        var data = connection.Session.Data ??= State.CreateData();
        data.Assign(connection.Session);
        if (client.Data.Remove(name)) data.Remove(name);
        else data[name] = client.Data[name] = Pick(1000);
    }

    private void Lose(SimClient client, SimConnection connection, DisconnectReason reason)
    {
        client.IsUncertain = true;
        client.Connection = null;
        lock (State.Gate) State.Sessions.OnClosed(connection.Session, connection, reason);
    }

    private void Leave(SimClient client, SimConnection connection)
    {
        Lose(client, connection, DisconnectReason.ClientNamespaceDisconnect);
        _clients.Remove(client);
        var request = new RecoveryRequest(client.Pid, client.Offset);
        lock (State.Gate)
        {
            var claim = State.Sessions.Examine(connection.Session.Namespace, request, client.Key);
            BrokenPromiseException.ThrowUnless(claim is null, "a client that left by itself can come back");
        }
    }

    private void Return(SimClient client)
    {
        var isPromised = IsPromised(client);
        client.IsUncertain = true;
        if (TryRecover(client)) return;
        Refused++;
        BrokenPromiseException.ThrowUnless(
            !isPromised, "a client was not recovered, though it was away for a short time and nothing was lost");
        // It connects anew, as another one.
        client.Connection = null;
        _clients.Remove(client);
        Begin(client.Namespace);
    }

    private bool IsPromised(SimClient client) =>
        !client.MayLose && !_isDiskBad && IsGenerous && client is { Connection: null, IsUncertain: false }
        && _ran - client.AliveAt <= LongestAbsence && !(_ran - client.LeftOutAt > LongestAbsence);

    private bool TryRecover(SimClient client)
    {
        RecoveryClaim? claim;
        lock (State.Gate)
        {
            var request = new RecoveryRequest(client.Pid, client.Offset);
            claim = State.Sessions.Examine(State.Namespaces.GetOrAdd(client.Namespace), request, client.Key);
            if (claim is null || !State.Sessions.TryTake(claim, owner: default, out var former)) return false;
            former?.Supersede();
        }

        // Middlewares and adapters take their time.
        if (Chance(0.2)) Emit(client);
        lock (State.Gate)
        {
            var session = claim.Session;
            if (State.Sessions.CollectMissed(claim) is not { } missed)
            {
                State.Sessions.Abandon(claim);
                return false;
            }

            var connection = new SimConnection(client) { Session = session };
            State.Sessions.Return(session, connection, claim.HasOffset ? session.SocketId : NewName(), [.. session.Rooms.Keys]);
            client.Connection = connection;
            foreach (var logged in missed) connection.OnTheWay.Add(logged.Packet);
            client.CheckMissed(connection.OnTheWay);
            CheckSession(client, session);
            Recovered++;
            Replayed += missed.Count;
        }

        // The connection may break before the answer is there.
        if (Chance(0.1)) client.Connection.IsDead = true;
        return true;
    }

    private static void CheckSession(SimClient client, Session session)
    {
        BrokenPromiseException.ThrowUnless(client.Rooms.SetEquals(session.Rooms.Keys), "a client is in other rooms than before");
        var found = session.Data?.ToDictionary(static value => value.Key,
            static value => Convert.ToInt64(value.Value, CultureInfo.InvariantCulture)) ?? [];
        BrokenPromiseException.ThrowUnless(
            found.Count == client.Data.Count && client.Data.All(value => found.TryGetValue(value.Key, out var same) && same == value.Value),
            "a client has other data than before");
    }

    /// <summary>Output arrives, where somebody is there to take it.</summary>
    private void Arrive()
    {
        foreach (var client in _clients)
        {
            if (client.Connection is not { } connection) continue;
            if (!connection.IsDead)
            {
                foreach (var packet in connection.OnTheWay) client.Receive(packet);
                client.AliveAt = _ran;
            }

            connection.OnTheWay.Clear();
        }
    }

    private void Pass()
    {
        var time = Chance(0.05) ? TimeSpan.FromMinutes(3) : TimeSpan.FromSeconds(Pick(20));
        _time.Advance(time);
        _ran += time;
        foreach (var client in _clients)
        {
            if (client.Connection is { IsDead: false }) client.AliveAt = _ran;
        }

        Do(() => State.Forget());
        State.RewriteIfDue();
    }

    /// <summary>While the file is written anew, the log goes on.</summary>
    private void OnDraft()
    {
        if (_state is not null && OutputBatch.Current is null && Chance(0.7)) Do(DoAnything);
    }

    private void Stop()
    {
        // Only a machine that stops between the last write and its sync leaves a closed file with holes: that is rare.
        if (_planted == RecoveryFault.IgnoreChecksums) _disk.StopAfter = 1;
        State.Dispose();
        var losesPower = Chance(0.5);
        if (losesPower && !_canSyncNames) LetGo();
        EndMachine(losesPower);
        Restart();
    }

    private string NewName() => "socket " + (++_names).ToString(CultureInfo.InvariantCulture);
}
