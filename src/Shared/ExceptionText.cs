namespace Stork.Shared;

/// <summary>What an exception says. The application's own classes may throw while they are asked.</summary>
internal static class ExceptionText
{
    private const string Unreadable = "(what it says cannot be read)";

    /// <summary>The name of its class and its message.</summary>
    public static string Describe(Exception exception) => $"{exception.GetType().Name}: {MessageOf(exception)}";

    public static string MessageOf(Exception exception)
    {
        try
        {
            return exception.Message;
        }
#pragma warning disable CA1031 // Whatever it throws, there is no message.
        catch (Exception)
#pragma warning restore CA1031
        {
            return Unreadable;
        }
    }

    /// <summary>Whether a log can print it, with its stack and everything else that belongs to it.</summary>
    public static bool IsPrintable(Exception exception)
    {
        try
        {
            _ = exception.Message;
            return exception.ToString() is not null;
        }
#pragma warning disable CA1031 // An exception that cannot be printed is just what is asked for.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
