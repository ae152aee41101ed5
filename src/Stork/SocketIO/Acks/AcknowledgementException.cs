namespace Stork;

/// <summary>Thrown by a handler to answer the client with an error of its choice: the acknowledgement then carries
/// <c>{ "status": "error", "code": …, "message": … }</c>. Any other exception is answered with the code <c>handler_failed</c> and no
/// details.</summary>
public sealed class AcknowledgementException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable, machine-readable code.</param>
    /// <param name="message">A text the client may show; it is sent.</param>
    public AcknowledgementException(string code, string message)
        : base(message)
    {
        ArgumentException.ThrowIfNullOrEmpty(code);
        Code = code;
    }

    /// <summary>The code that is sent.</summary>
    public string Code { get; }
}
