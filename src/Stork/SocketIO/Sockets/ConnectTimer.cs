using Stork.EngineIO;
using Stork.Timing;

namespace Stork.SocketIO.Sockets;

/// <summary>Ends a connection that joins no namespace in time.</summary>
internal sealed class ConnectTimer(Client client) : WheelEntry
{
    private int _dueIn;

    public void Start() => client.Connection.Server.Wheel.Schedule(this, client.Server.Options.ConnectTimeout);

    public void Stop() => client.Connection.Server.Wheel.Cancel(this);

    internal override void OnDue()
    {
        if (client.Sockets.Length > 0) return;
        var batch = client.Connection.Heartbeat.Batch;
        // A middleware may keep the thread that reads: the client can do no more than wait. If it is another one by then, it is the client
        // that goes on.
        if (Heartbeat.IsBatch(batch) && (_dueIn == 0 || _dueIn == batch))
        {
            _dueIn = batch;
            Start();
            return;
        }

        client.Connection.Close(DisconnectReason.ForcedClose, details: "No namespace was joined in time.");
    }
}
