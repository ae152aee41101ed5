using System.Diagnostics.CodeAnalysis;

namespace Stork.Shared;

/// <summary>
/// Stands in a log for an exception whose message, or that of one inside of it, is not fit for it: <see cref="FormatException"/> and many
/// others quote what they were given, which may be a megabyte of somebody else's lines.
/// </summary>
internal sealed class EscapedException : Exception
{
    /// <summary>Characters of a message that are shown. The application's own may be long.</summary>
    private const int MaxLength = 2000;

    /// <summary>Exceptions inside of each other that are shown.</summary>
    private const int MaxDepth = 16;

    private readonly Exception _original;

    private EscapedException(Exception original, string message, Exception? inner)
        : base(message, inner)
    {
        _original = original;
        HResult = original.HResult;
    }

    public override string? StackTrace => _original.StackTrace;

    /// <returns>The exception itself if there is nothing about it.</returns>
    [return: NotNullIfNotNull(nameof(exception))]
    public static Exception? Of(Exception? exception) => exception is null ? null : Of(exception, MaxDepth);

    public override string ToString()
    {
        var text = $"{_original.GetType().FullName}: {Message}";
        var line = Environment.NewLine;
        if (InnerException is { } inner) text += $"{line} ---> {inner}{line}   --- End of inner exception stack trace ---";
        return StackTrace is { } stack ? text + Environment.NewLine + stack : text;
    }

    private static Exception Of(Exception exception, int depth)
    {
        if (depth == 0) return new EscapedException(exception, "(more exceptions inside of each other are not shown)", inner: null);
        var message = LogText.Of(exception.Message, MaxLength);
        var inner = exception.InnerException is { } cause ? Of(cause, depth - 1) : null;
        // Others of an aggregate are quoted in its own message.
        return message == exception.Message && inner == exception.InnerException
            ? exception
            : new EscapedException(exception, message, inner);
    }
}
