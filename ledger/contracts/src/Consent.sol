// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "./Council.sol";

/// @title Consent: which organisation may read what of which patient, and until when
/// @notice A patient is an HMAC that only the organisations' key service can make. Its keeper is
/// the account that decides for the patient: the patient's own key, or a representative's.
contract Consent {
    struct Grant {
        uint64 until;
        uint8 scopes;
        uint256 term;
    }

    /// @notice Scopes are bits: a grant may hold both.
    uint8 public constant VISITS = 1;
    uint8 public constant DOCUMENTS = 2;

    Council public immutable council;

    mapping(bytes32 => address) public keeperOf;
    /// @notice The organisation that identified the patient in person.
    mapping(bytes32 => address) public registrarOf;
    mapping(bytes32 => mapping(address => Grant)) private _grants;

    event KeeperSet(bytes32 indexed patient, address indexed keeper, address indexed by);
    event Granted(
        bytes32 indexed patient, address indexed organisation, uint8 scopes, uint64 until
    );
    event Revoked(bytes32 indexed patient, address indexed organisation);

    error NotMember(address account);
    error NotKeeper(bytes32 patient, address account);
    error AlreadyRegistered(bytes32 patient);
    error ScopesUnknown(uint8 scopes);
    error AlreadyExpired(uint64 until);
    error NoGrant(bytes32 patient, address organisation);
    error ZeroAddress();

    modifier onlyKeeper(bytes32 patient) {
        if (msg.sender != keeperOf[patient]) revert NotKeeper(patient, msg.sender);
        _;
    }

    constructor(Council council_) {
        council = council_;
    }

    /// @notice A member names the keeper of a patient that has none.
    function registerPatient(bytes32 patient, address keeper) external {
        if (!council.isMember(msg.sender)) revert NotMember(msg.sender);
        if (keeperOf[patient] != address(0)) revert AlreadyRegistered(patient);
        registrarOf[patient] = msg.sender;
        _setKeeper(patient, keeper);
    }

    /// @notice Hand the decision to another key: by the keeper, or, after a lost key, by the
    /// registrar while it is a member. Either way the event shows who did it.
    function setKeeper(bytes32 patient, address keeper) external {
        bool registrar = msg.sender == registrarOf[patient] && council.isMember(msg.sender);
        if (msg.sender != keeperOf[patient] && !registrar) revert NotKeeper(patient, msg.sender);
        _setKeeper(patient, keeper);
    }

    /// @notice Let a member read the given scopes until a time (seconds since 1970); replaces
    /// an earlier grant.
    function grant(bytes32 patient, address organisation, uint8 scopes, uint64 until)
        external
        onlyKeeper(patient)
    {
        if (scopes == 0 || scopes > (VISITS | DOCUMENTS)) revert ScopesUnknown(scopes);
        if (until <= block.timestamp) revert AlreadyExpired(until);
        uint256 term = council.termOf(organisation);
        if (term == 0) revert NotMember(organisation);
        _grants[patient][organisation] = Grant(until, scopes, term);
        emit Granted(patient, organisation, scopes, until);
    }

    /// @notice Take a grant back; it ends with this block.
    function revoke(bytes32 patient, address organisation) external onlyKeeper(patient) {
        if (_grants[patient][organisation].until == 0) revert NoGrant(patient, organisation);
        delete _grants[patient][organisation];
        emit Revoked(patient, organisation);
    }

    /// @notice Whether `reader` may read all of `scopes`. A grant ends with its time, its
    /// revocation or the membership in which it was given, whichever comes first.
    function mayRead(bytes32 patient, address reader, uint8 scopes) external view returns (bool) {
        if (reader != address(0) && reader == keeperOf[patient]) return true;
        Grant storage given = _grants[patient][reader];
        return given.scopes & scopes == scopes && block.timestamp <= given.until
            && given.term == council.termOf(reader);
    }

    function grantOf(bytes32 patient, address organisation) external view returns (Grant memory) {
        return _grants[patient][organisation];
    }

    function _setKeeper(bytes32 patient, address keeper) private {
        if (keeper == address(0)) revert ZeroAddress();
        keeperOf[patient] = keeper;
        emit KeeperSet(patient, keeper, msg.sender);
    }
}
