namespace Stork.Queues;

/// <summary>An error of the store, with a stable <see cref="Code"/>.</summary>
public sealed class QueueException : Exception
{
    /// <summary>Creates an error.</summary>
    /// <param name="code">The reason.</param>
    /// <param name="message">The reason in words.</param>
    /// <param name="inner">What caused it.</param>
    public QueueException(QueueErrorCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>The reason.</summary>
    public QueueErrorCode Code { get; }
}
