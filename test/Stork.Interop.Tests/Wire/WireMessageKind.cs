namespace Stork.Interop.Tests.Wire;

/// <summary>What came over a WebSocket.</summary>
internal enum WireMessageKind
{
    /// <summary>A text message.</summary>
    Text,

    /// <summary>A binary message.</summary>
    Binary,

    /// <summary>A close frame.</summary>
    Close,

    /// <summary>The end of the TCP connection.</summary>
    Cut,
}
