using System.Text;

namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>What a client and the server have agreed upon about the compression of a connection's messages.</summary>
/// <param name="ServerTakeover">Whether the server's messages may refer to earlier ones.</param>
/// <param name="ClientTakeover">Whether the client's messages may refer to earlier ones.</param>
/// <param name="ServerWindowBits">How far back the server's refer at most, as a power of 2; 9 to 15.</param>
/// <param name="ClientWindowBits">How far back the client's refer at most, as a power of 2; 8 to 15.</param>
internal sealed record DeflateAgreement(bool ServerTakeover, bool ClientTakeover, int ServerWindowBits, int ClientWindowBits)
{
    /// <summary>Messages below this many bytes are sent as they are.</summary>
    public required int Threshold { get; init; }

    /// <summary>Whether the client has asked for a window of the server's: then it has to be told even the largest.</summary>
    public bool AnswersServerWindow { get; init; }

    /// <summary>As the answer to the handshake says it (RFC 7692, 7.1). What goes without saying is left out.</summary>
    public string ToHeader()
    {
        var header = new StringBuilder(DeflateOffer.ExtensionName);
        if (!ServerTakeover) header.Append("; ").Append(DeflateOffer.ServerNoContextTakeover);
        if (!ClientTakeover) header.Append("; ").Append(DeflateOffer.ClientNoContextTakeover);
        if (AnswersServerWindow || ServerWindowBits < PerMessageDeflateOptions.MostWindowBits)
            header.Append($"; {DeflateOffer.ServerMaxWindowBits}={ServerWindowBits}");
        if (ClientWindowBits < PerMessageDeflateOptions.MostWindowBits)
            header.Append($"; {DeflateOffer.ClientMaxWindowBits}={ClientWindowBits}");
        return header.ToString();
    }
}
