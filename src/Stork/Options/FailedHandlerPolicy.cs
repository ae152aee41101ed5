namespace Stork;

/// <summary>
/// What a client that asked for an acknowledgement gets when the handler throws or the arguments do not fit its parameters.
/// </summary>
public enum FailedHandlerPolicy
{
    /// <summary><c>{ "status": "error", "code": … }</c>: <c>handler_failed</c>, <c>invalid_arguments</c>, or what an
    /// <see cref="AcknowledgementException"/> says.</summary>
    AnswerError,

    /// <summary>
    /// Nothing, except what an <see cref="AcknowledgementException"/> says: the client runs into its timeout. Right for clients with
    /// <c>retries</c>, for which any answer ends the retrying.
    /// </summary>
    Withhold,
}
