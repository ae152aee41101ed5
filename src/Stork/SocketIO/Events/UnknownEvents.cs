using System.Text;
using Microsoft.Extensions.Logging;

namespace Stork.SocketIO.Events;

/// <summary>
/// Events that ask for an acknowledgement and have no handler. They get none, as in the original: any answer, be it an error, would tell a
/// client with <c>retries</c> that its event has arrived. So that somebody learns of it, the log says it.
/// </summary>
internal sealed class UnknownEvents(ILogger logger, TimeProvider time)
{
    private readonly Notices _told = new(time);

    public void Report(in Packet packet, Namespace nsp)
    {
        if (packet.AckId < 0 || !logger.IsEnabled(LogLevel.Information)) return;
        var name = Encoding.UTF8.GetString(packet.EventName.Span);
        if (_told.IsNew(name, nsp.Name)) Log.NoHandler(logger, name, nsp.Name);
    }
}
