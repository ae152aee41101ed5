namespace Stork.Tests.Hosting;

/// <summary>An exception of the application's whose members throw.</summary>
internal sealed class SpeechlessException : Exception
{
    public override string Message => throw new NotSupportedException("no words");

    public override string? StackTrace => throw new NotSupportedException("no trace");

    public override string ToString() => throw new NotSupportedException("no text");
}
