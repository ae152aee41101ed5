namespace Stork.SocketIO.Events;

/// <summary>What a client sent does not fit a handler's parameters; told apart from the same exceptions thrown inside a handler.</summary>
internal sealed class InvalidArgumentsException(Exception cause) : Exception(ExceptionText.MessageOf(cause), cause);
