namespace Stork.Interop.Tests.Differential;

/// <summary>
/// One of the two servers that get the same bytes. Both send the "name" of every event and its arguments as "echo", answer every event that
/// asks for it with its arguments, send numbers, some of them volatile, for "burst" and "volatile", and let clients into "/", "/custom" and
/// "/dynamic-1"; "/refusing" refuses with the auth as data.
/// </summary>
public interface IComparedServer
{
    Uri Url { get; }

    /// <summary>Why the socket in "/" ended whose connection had this <c>tag</c> in its query.</summary>
    Task<string> EndOfAsync(string tag);

    /// <summary>Completes once this connection's client has answered the server's question and been told so, or has gone.</summary>
    Task AnsweredAsync(string tag);
}
