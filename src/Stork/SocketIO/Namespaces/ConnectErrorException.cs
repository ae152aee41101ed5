namespace Stork;

/// <summary>Thrown by a namespace middleware to refuse a client, which gets message and data in its <c>connect_error</c> event. The
/// connection stays open for other namespaces. Any other exception refuses too, but the client learns only "Internal server
/// error".</summary>
public sealed class ConnectErrorException : Exception
{
    /// <summary>Creates the refusal.</summary>
    /// <param name="message">What the client gets as the error's message.</param>
    /// <param name="data">What the client gets as the error's <c>data</c>, as JSON; null for none.</param>
    public ConnectErrorException(string message, object? data = null)
        : base(message)
    {
        ErrorData = data;
    }

    /// <summary>What the client gets as the error's <c>data</c>.</summary>
    public object? ErrorData { get; }
}
