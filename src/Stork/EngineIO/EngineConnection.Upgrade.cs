using Stork.EngineIO.Transports;

namespace Stork.EngineIO;

// The change to another transport, as far as it concerns the session; what has to happen when is TransportUpgrade's.
internal sealed partial class EngineConnection
{
    /// <summary>Whether the client is sending something on the session's transport, or handlers keep it from doing so. The caller holds
    /// <see cref="Gate"/>.</summary>
    public bool IsReceiving => Heartbeat.IsReaderBusy || _transport.IsReceiving;

    /// <summary>Starts an upgrade; false if the session may not (again) upgrade.</summary>
    public bool TryBeginUpgrade(Transport candidate)
    {
        lock (_gate)
        {
            if (_state != State.Open || _upgrade is not null) return false;
            if (!Options.AllowUpgrades || !_transport.Upgrades.HasFlag(candidate.Kind)) return false;
            _upgrade = new TransportUpgrade(this, candidate);
            _upgrade.Start();
        }

        _listener!.OnUpgrading();
        return true;
    }

    /// <summary>A packet on a transport that is not yet the session's.</summary>
    /// <returns>False when that transport has to be closed.</returns>
    public bool ReceiveProbe(Transport candidate, in EnginePacket packet)
    {
        lock (_gate)
        {
            if (_upgrade?.IsTo(candidate) != true) return false;
            if (packet is { Type: EnginePacketType.Ping } && packet.Payload.Span.SequenceEqual("probe"u8))
            {
                _upgrade.Answer();
                return true;
            }

            if (packet.Type != EnginePacketType.Upgrade || !_upgrade.IsAnswered) return false;
            EndUpgrade();
            if (_state == State.Closed)
            {
                candidate.Close(queue: null, abort: false);
                return true;
            }

            var former = _transport;
            _transport = candidate;
            former.Leave();
            if (_state == State.Open) Flush();
            else candidate.Close(Queue, abort: false);
        }

        Log.Upgraded(_server.Logger, Id);
        // Not here: messages are not read meanwhile.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection._listener?.OnUpgraded(), this, preferLocal: false);
        return true;
    }

    /// <summary>The transport of an upgrade is gone; the session goes on with the one it has.</summary>
    public void AbandonUpgrade(Transport candidate)
    {
        lock (_gate)
        {
            if (_upgrade?.IsTo(candidate) == true) EndUpgrade();
        }
    }

    /// <summary>Whether that upgrade is still under way. The caller holds <see cref="Gate"/>, below too.</summary>
    public bool IsUpgradingBy(TransportUpgrade upgrade) => _upgrade == upgrade;

    public void EndUpgrade()
    {
        _upgrade?.Stop();
        _upgrade = null;
    }

    /// <summary>Lets a client that wants to change the transport end what it waits for on the present one.</summary>
    public void ReleaseWaitingRequest() => _transport.ReleaseWaitingRequest();
}
